#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/strided.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace cleave::cpu {

namespace {

std::int64_t product_of(const Shape& shape, std::size_t first, std::size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{1}, std::multiplies<>());
}

// ---- BatchNormalization -----------------------------------------------------------------------

std::string batch_norm_unsupported(const Graph& graph, const Node& node) {
  if (node.attribute<std::int64_t>("training_mode", 0) != 0) return "training_mode is not implemented";
  if (node.attribute<std::int64_t>("spatial", 1) == 0) return "spatial = 0 is not implemented";
  if (shape_of(graph, node.inputs[0]).size() < 2) return "an input without channels is not implemented";
  return first_of({floats_only(graph, node, 5), one_output(node)});
}

/// scale * x + shift per channel, not below `floor`.
struct ChannelLoop {
  std::int64_t outer = 1, channels = 1, inner = 1;
  float floor = -std::numeric_limits<float>::infinity();

  void run(const float* in, const float* scale, const float* shift, float* out) const {
    for (std::int64_t o = 0; o < outer; ++o) {
      if (inner == 1) {
        row(in, scale, shift, out);
      } else {
        for (std::int64_t c = 0; c < channels; ++c) plane(in + c * inner, scale[c], shift[c], out + c * inner);
      }
      in += channels * inner;
      out += channels * inner;
    }
  }

 private:
  void row(const float* in, const float* scale, const float* shift, float* out) const {
    for (std::int64_t c = 0; c < channels; ++c) out[c] = std::max(in[c] * scale[c] + shift[c], floor);
  }
  void plane(const float* in, float scale, float shift, float* out) const {
    for (std::int64_t i = 0; i < inner; ++i) out[i] = std::max(in[i] * scale + shift, floor);
  }
};

ChannelLoop loop_for(const Shape& shape, Layout layout, const Step& step) {
  ChannelLoop loop{.outer = shape[0], .channels = shape[1], .inner = product_of(shape, 2, shape.size())};
  if (layout == Layout::channels_last) {
    loop.outer *= loop.inner;
    loop.inner = 1;
  }
  const bool relu = step.function && step.function->kind == onednn::Function::Kind::relu && step.function->alpha == 0;
  if (relu) loop.floor = 0;
  return loop;
}

/// Parameters that are computed at run time: scale and shift into `folded`.
Action fold_at_run(StageBuilder& builder, const Node& node, SlotId folded) {
  std::array<SlotId, 4> slots;
  for (std::size_t i = 0; i < 4; ++i) slots[i] = builder.read(node.inputs[i + 1], Layout::row_major);
  return [slots, folded, channels = builder.shape(node.inputs[1])[0],
          epsilon = static_cast<double>(node.attribute("epsilon", 1e-5F))](const Memory& memory) {
    float* scale = memory.at(folded);
    float* shift = scale + channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto of = [&](std::size_t i) { return static_cast<double>(memory.at(slots[i])[c]); };
      const double factor = of(0) / std::sqrt(of(3) + epsilon);
      scale[c] = static_cast<float>(factor);
      shift[c] = static_cast<float>(of(1) - of(2) * factor);
    }
  };
}

/// Scale and shift as floats, one after the other.
std::vector<float> folded_parameters(const Graph& graph, const Step& step) {
  Affine affine = *batch_norm_affine(graph, *step.node);
  std::vector<float> folded(2 * affine.scale.size());
  for (std::size_t c = 0; c < affine.scale.size(); ++c) {
    const double scale = step.affine ? step.affine->scale[c] : 1.0;
    const double shift = step.affine ? step.affine->shift[c] : 0.0;
    folded[c] = static_cast<float>(affine.scale[c] * scale);
    folded[affine.scale.size() + c] = static_cast<float>(affine.shift[c] * scale + shift);
  }
  return folded;
}

void build_batch_norm(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& shape = builder.shape(node.inputs[0]);
  const auto [source, layout] = builder.read(node.inputs[0]);
  const ChannelLoop loop = loop_for(shape, layout, step);
  const bool constant = batch_norm_affine(builder.graph(), node).has_value();
  const SlotId work = builder.scratch(constant ? 0 : 2 * sizeof(float) * static_cast<std::size_t>(loop.channels));
  const Action fold = constant ? Action() : fold_at_run(builder, node, work);
  const SlotId target = builder.write(step.result, layout);
  builder.reuse(source, target);
  builder.step(
      [=, source_slot = source,
       folded = constant ? folded_parameters(builder.graph(), step) : std::vector<float>()](const Memory& memory) {
        if (fold) fold(memory);
        const float* scale = fold ? memory.at(work) : folded.data();
        loop.run(memory.at(source_slot), scale, scale + loop.channels, memory.at(target));
      });
  if (!step.function || loop.floor == 0) return;
  const auto again = builder.read(step.result, layout);
  add_routine(builder, onednn::elementwise(builder.kernels(), element_count(shape), *step.function), again, again);
}

// ---- LayerNormalization -----------------------------------------------------------------------

/// What a row is made of: the axes that are normalised.
Shape normalized_shape(const Graph& graph, const Node& node) {
  const Shape& shape = shape_of(graph, node.inputs[0]);
  const auto axis = from_front(node.attribute<std::int64_t>("axis", -1), shape.size());
  return Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
}

/// The same elements in as many dimensions as a row has, where those before are 1.
Shape as_row(Shape shape, const Shape& row) {
  while (shape.size() > row.size() && shape.front() == 1) shape.erase(shape.begin());
  return aligned(shape, row.size());
}

/// Whether every row has the same of it.
bool broadcasts_to_row(const Shape& parameter, const Shape& row) {
  const Shape shape = as_row(parameter, row);
  if (shape.size() > row.size()) return false;
  return std::equal(shape.rbegin(), shape.rend(), row.rbegin(),
                    [](std::int64_t own, std::int64_t wanted) { return own == wanted || own == 1; });
}

/// Complains about a scale or bias that is not, or cannot be made, one number for each element of a row.
std::string row_parameter_unsupported(const Graph& graph, const Node& node, std::size_t input) {
  if (!has_input(node, input)) return "";
  const Shape row = normalized_shape(graph, node);
  const Value& value = graph.values[node.inputs[input]];
  if (!broadcasts_to_row(value.shape, row))
    return fmt::format("its input '{}' of shape [{}] does not broadcast to the normalized axes [{}]", value.name,
                       fmt::join(value.shape, ", "), fmt::join(row, ", "));
  if (element_count(value.shape) == element_count(row)) return "";
  return constant_only(graph, node, input, "scale or bias that is repeated along a row");
}

std::string layer_norm_unsupported(const Graph& graph, const Node& node) {
  return first_of({floats_only(graph, node, 3), row_parameter_unsupported(graph, node, 1),
                   row_parameter_unsupported(graph, node, 2)});
}

/// Sum of `count` numbers in eight lanes: the same order whatever the machine.
template <class Term>
double lane_sum(std::int64_t count, const Term& term) {
  std::array<double, 8> lanes{};
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += term(i + static_cast<std::int64_t>(lane));
  for (; i < count; ++i) lanes[0] += term(i);
  return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

/// Mean and reciprocal deviation of a row.
struct RowMoments {
  float mean = 0;
  float factor = 0;
};

RowMoments moments(const float* in, std::int64_t count, double epsilon) {
  const auto n = static_cast<double>(count);
  const double mean = lane_sum(count, [&](std::int64_t i) { return static_cast<double>(in[i]); }) / n;
  const double squares = lane_sum(count, [&](std::int64_t i) {
    const double distance = static_cast<double>(in[i]) - mean;
    return distance * distance;
  });
  return {static_cast<float>(mean), static_cast<float>(1 / std::sqrt(squares / n + epsilon))};
}

void normalize_row(const float* in, const RowMoments& row, const float* scale, const float* shift, float* out,
                   std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    out[i] = (in[i] - row.mean) * row.factor * scale[i] + (shift ? shift[i] : 0.0F);
}

/// The buffer of an output that not everybody asks for; an invalid slot then.
SlotId optional_output(StageBuilder& builder, const Node& node, std::size_t output) {
  return has_output(node, output) ? builder.write(node.outputs[output], Layout::row_major) : SlotId();
}

/// A scale or bias with one number for each element of a row: where it is stored, or here where it had to be repeated.
struct RowParameter {
  SlotId slot = {};
  std::vector<float> repeated = {};

  [[nodiscard]] const float* at(const Memory& memory) const {
    if (slot.valid()) return memory.at(slot);
    return repeated.empty() ? nullptr : repeated.data();
  }
};

RowParameter row_parameter(StageBuilder& builder, const Node& node, std::size_t input) {
  if (!has_input(node, input)) return {};
  const Shape row = normalized_shape(builder.graph(), node);
  const Shape shape = as_row(builder.shape(node.inputs[input]), row);
  const std::int64_t count = element_count(row);
  if (element_count(shape) == count) return {.slot = builder.read(node.inputs[input], Layout::row_major)};
  RowParameter parameter{.repeated = std::vector<float>(static_cast<std::size_t>(count))};
  const Tensor stored = builder.constant(node.inputs[input]);
  make_copy({.extents = row,
             .from = broadcast_strides(shape, Layout::row_major, row),
             .to = strides_of(row, Layout::row_major)},
            sizeof(float))(stored.bytes.data(), reinterpret_cast<std::byte*>(parameter.repeated.data()));
  return parameter;
}

void build_layer_norm(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& shape = builder.shape(node.inputs[0]);
  const std::size_t axis = from_front(node.attribute<std::int64_t>("axis", -1), shape.size());
  const SlotId source = builder.read(node.inputs[0], Layout::row_major);
  const RowParameter scale = row_parameter(builder, node, 1);
  const RowParameter shift = row_parameter(builder, node, 2);
  const SlotId target = builder.write(step.result, Layout::row_major);
  const SlotId means = optional_output(builder, node, 1);
  const SlotId factors = optional_output(builder, node, 2);
  builder.step([=, rows = product_of(shape, 0, axis), count = product_of(shape, axis, shape.size()),
                epsilon = static_cast<double>(node.attribute("epsilon", 1e-5F))](const Memory& memory) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* in = memory.at(source) + i * count;
      const RowMoments row = moments(in, count, epsilon);
      normalize_row(in, row, scale.at(memory), shift.at(memory), memory.at(target) + i * count, count);
      if (means.valid()) memory.at(means)[i] = row.mean;
      if (factors.valid()) memory.at(factors)[i] = row.factor;
    }
  });
}

// ---- LRN, Softmax, LogSoftmax -----------------------------------------------------------------

std::string lrn_unsupported(const Graph& graph, const Node& node) {
  if (shape_of(graph, node.inputs[0]).size() != 4) return "only two spatial dimensions are implemented";
  const auto size = node.attribute<std::int64_t>("size", 1);
  if (size % 2 == 0) return fmt::format("size {} is even, only odd ones are implemented", size);
  return floats_only(graph, node);
}

void build_lrn(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const auto routine = onednn::response_norm(builder.kernels(), {.shape = builder.shape(step.result),
                                                                 .size = node.attribute<std::int64_t>("size", 1),
                                                                 .alpha = node.attribute("alpha", 1e-4F),
                                                                 .beta = node.attribute("beta", 0.75F),
                                                                 .bias = node.attribute("bias", 1.0F)});
  const SlotId source = builder.read(node.inputs[0], Layout::channels_last);
  add_routine(builder, routine, source, builder.write(step.result, Layout::channels_last));
}

std::string softmax_unsupported(const Graph& graph, const Node& node) { return floats_only(graph, node); }

void build_softmax(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& shape = builder.shape(node.inputs[0]);
  // Until opset 12 everything from the axis on was one vector.
  const bool one_axis = builder.graph().opset >= 13;
  const std::size_t axis = from_front(node.attribute<std::int64_t>("axis", one_axis ? -1 : 1), shape.size());
  const std::size_t end = one_axis ? std::min(axis + 1, shape.size()) : shape.size();
  const auto routine = onednn::softmax(builder.kernels(), product_of(shape, 0, axis), product_of(shape, axis, end),
                                       product_of(shape, end, shape.size()), node.type == "LogSoftmax");
  const SlotId source = builder.read(node.inputs[0], Layout::row_major);
  add_routine(builder, routine, source, builder.write(step.result, Layout::row_major));
}

constexpr std::array kKernels{
    Kernel{"BatchNormalization", batch_norm_unsupported, build_batch_norm}, Kernel{"LRN", lrn_unsupported, build_lrn},
    Kernel{"LayerNormalization", layer_norm_unsupported, build_layer_norm},
    Kernel{"LogSoftmax", softmax_unsupported, build_softmax}, Kernel{"Softmax", softmax_unsupported, build_softmax}};

}  // namespace

std::span<const Kernel> normalization_kernels() { return kKernels; }

}  // namespace cleave::cpu
