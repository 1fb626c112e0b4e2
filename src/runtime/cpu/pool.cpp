#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/window.hpp"

#include <array>

namespace cleave::cpu {

namespace {

using Kind = onednn::PoolShape::Kind;

Windows windows_of_pool(const Graph& graph, const Node& node) {
  return windows_without_rest(node, node.attribute("kernel_shape", Strides()), shape_of(graph, node.inputs[0]),
                              shape_of(graph, node.outputs[0]));
}

std::string rank_unsupported(const Graph& graph, const Node& node) {
  const std::size_t rank = shape_of(graph, node.inputs[0]).size();
  return rank < 3 || rank > 5 ? "only 1, 2 and 3 spatial dimensions are implemented" : "";
}

std::string pool_unsupported(const Graph& graph, const Node& node) {
  return first_of({floats_only(graph, node), one_output(node), rank_unsupported(graph, node)});
}

bool counts_padding(const Node& node) { return node.attribute<std::int64_t>("count_include_pad", 0) != 0; }

std::string average_unsupported(const Graph& graph, const Node& node) {
  const std::string complaint = pool_unsupported(graph, node);
  if (!complaint.empty()) return complaint;
  if (counts_padding(node) && reaches_beyond_padding(node, windows_of_pool(graph, node)))
    return "count_include_pad with windows that ceil_mode lets reach beyond the padding is not implemented";
  return "";
}

void add_pool(StageBuilder& builder, const Step& step, Kind kind, const Windows& windows) {
  const ValueId input = step.node->inputs[0];
  // Means of integers would be rounded to integers.
  const bool in_full = kind != Kind::max && builder.coded_element(step.result) == Element::u8;
  const auto routine =
      onednn::pool(builder.kernels(), {.kind = kind,
                                       .source = builder.shape(input),
                                       .target = builder.shape(step.result),
                                       .kernel = windows.kernel,
                                       .strides = windows.strides,
                                       .dilations = windows.dilations,
                                       .pads_begin = windows.pads_begin,
                                       .pads_end = windows.pads_end,
                                       .element = in_full ? Element::f32 : builder.coded_element(step.result)});
  const Layout layout = Layout::channels_last;
  const SlotId source = in_full ? builder.read(input, layout) : builder.read_like(input, step.result, layout);
  const SlotId target = in_full ? builder.write(step.result, layout) : builder.write_coded(step.result, layout);
  add_routine(builder, routine, source, target);
}

void build_max(StageBuilder& builder, const Step& step) {
  add_pool(builder, step, Kind::max, windows_of_pool(builder.graph(), *step.node));
}

void build_average(StageBuilder& builder, const Step& step) {
  add_pool(builder, step, counts_padding(*step.node) ? Kind::average_with_padding : Kind::average,
           windows_of_pool(builder.graph(), *step.node));
}

/// One window that covers everything.
Windows whole(const Shape& source) {
  const std::size_t dims = source.size() - 2;
  return {.kernel = Strides(source.begin() + 2, source.end()),
          .strides = Strides(dims, 1),
          .dilations = Strides(dims, 1),
          .pads_begin = Strides(dims, 0),
          .pads_end = Strides(dims, 0)};
}

void build_global_max(StageBuilder& builder, const Step& step) {
  add_pool(builder, step, Kind::max, whole(builder.shape(step.node->inputs[0])));
}

void build_global_average(StageBuilder& builder, const Step& step) {
  add_pool(builder, step, Kind::average, whole(builder.shape(step.node->inputs[0])));
}

constexpr std::array kKernels{Kernel{"AveragePool", average_unsupported, build_average},
                              Kernel{"GlobalAveragePool", pool_unsupported, build_global_average},
                              Kernel{"GlobalMaxPool", pool_unsupported, build_global_max},
                              Kernel{"MaxPool", pool_unsupported, build_max}};

}  // namespace

std::span<const Kernel> pool_kernels() { return kKernels; }

}  // namespace cleave::cpu
