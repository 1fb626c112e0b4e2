#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/strided.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cleave::cpu {

namespace {

std::string reduction_unsupported(const Graph& graph, const Node& node) {
  return first_of({floats_only(graph, node), constant_only(graph, node, 1, "list of axes")});
}

/// How numbers are reduced, in double: from `start` `add` each, `merge` partial results, `finish`
/// with their count.
struct Sum {
  static constexpr double start = 0;
  static double add(double total, double x) { return total + x; }
  static double finish(double total, std::int64_t) { return total; }
  static double merge(double a, double b) { return a + b; }
};
struct Mean : Sum {
  static double finish(double total, std::int64_t count) { return total / static_cast<double>(count); }
};
struct SumOfSquares : Sum {
  static double add(double total, double x) { return total + x * x; }
};
struct Length : SumOfSquares {
  static double finish(double total, std::int64_t) { return std::sqrt(total); }
};
struct SumOfSizes : Sum {
  static double add(double total, double x) { return total + std::fabs(x); }
};
struct Most : Sum {
  static constexpr double start = -std::numeric_limits<double>::infinity();
  static double add(double total, double x) { return std::max(total, x); }
  static double merge(double a, double b) { return std::max(a, b); }
};
struct Fewest : Sum {
  static constexpr double start = std::numeric_limits<double>::infinity();
  static double add(double total, double x) { return std::min(total, x); }
  static double merge(double a, double b) { return std::min(a, b); }
};
struct Product : Sum {
  static constexpr double start = 1;
  static double add(double total, double x) { return total * x; }
  static double merge(double a, double b) { return a * b; }
};

struct Axes {
  Loops<1> kept, reduced;  ///< strides in the source
  std::int64_t count = 1;
};

Axes axes_of(const Graph& graph, const Node& node) {
  const Shape& shape = shape_of(graph, node.inputs[0]);
  const auto listed = integers(graph, node, "axes", 1).value_or(std::vector<std::int64_t>());
  const bool keeps_all = node.attribute<std::int64_t>("noop_with_empty_axes", 0) != 0;
  std::vector<bool> drops(shape.size(), listed.empty() && !keeps_all);
  for (const std::int64_t axis : listed) drops[from_front(axis, shape.size())] = true;
  const Strides strides = strides_of(shape, Layout::row_major);
  Shape kept, reduced;
  Strides kept_strides, reduced_strides;
  Axes axes;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    (drops[i] ? reduced : kept).push_back(shape[i]);
    (drops[i] ? reduced_strides : kept_strides).push_back(strides[i]);
    if (drops[i]) axes.count *= shape[i];
  }
  axes.kept = make_loops<1>(kept, {kept_strides});
  axes.reduced = make_loops<1>(reduced, {reduced_strides});
  return axes;
}

/// In four lanes, so that additions do not wait for each other.
template <class Rule>
double reduce_row(const float* in, std::int64_t count, std::int64_t step, double total) {
  std::array<double, 4> lanes{total, Rule::start, Rule::start, Rule::start};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane)
      lanes[lane] = Rule::add(lanes[lane], static_cast<double>(in[(i + static_cast<std::int64_t>(lane)) * step]));
  for (; i < count; ++i) lanes[0] = Rule::add(lanes[0], static_cast<double>(in[i * step]));
  return Rule::merge(Rule::merge(lanes[0], lanes[1]), Rule::merge(lanes[2], lanes[3]));
}

template <class Rule>
void build_reduction(StageBuilder& builder, const Step& step) {
  const SlotId source = builder.read(step.node->inputs[0], Layout::row_major);
  const SlotId target = builder.write(step.result, Layout::row_major);
  builder.step([=, axes = axes_of(builder.graph(), *step.node)](const Memory& memory) {
    const float* in = memory.at(source);
    float* out = memory.at(target);
    const std::int64_t inner_step = axes.kept.strides.back()[0];
    for_each_row(axes.kept, [&](const std::array<std::int64_t, 1>& kept) {
      for (std::int64_t i = 0; i < axes.kept.extents.back(); ++i) {
        double total = Rule::start;
        for_each_row(axes.reduced, [&](const std::array<std::int64_t, 1>& reduced) {
          total = reduce_row<Rule>(in + kept[0] + i * inner_step + reduced[0], axes.reduced.extents.back(),
                                   axes.reduced.strides.back()[0], total);
        });
        *out++ = static_cast<float>(Rule::finish(total, axes.count));
      }
    });
  });
}

constexpr std::array kKernels{Kernel{"ReduceL1", reduction_unsupported, build_reduction<SumOfSizes>},
                              Kernel{"ReduceL2", reduction_unsupported, build_reduction<Length>},
                              Kernel{"ReduceMax", reduction_unsupported, build_reduction<Most>},
                              Kernel{"ReduceMean", reduction_unsupported, build_reduction<Mean>},
                              Kernel{"ReduceMin", reduction_unsupported, build_reduction<Fewest>},
                              Kernel{"ReduceProd", reduction_unsupported, build_reduction<Product>},
                              Kernel{"ReduceSum", reduction_unsupported, build_reduction<Sum>},
                              Kernel{"ReduceSumSquare", reduction_unsupported, build_reduction<SumOfSquares>}};

}  // namespace

std::span<const Kernel> reduction_kernels() { return kKernels; }

}  // namespace cleave::cpu
