#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/strided.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace cleave::cpu {

namespace {

std::string rank_unsupported(const Graph& graph, const Node& node) {
  const auto deep = [&](ValueId value) { return value.valid() && shape_of(graph, value).size() > kMaxRank; };
  return deep(node.inputs[0]) || deep(node.outputs[0]) ? "too many dimensions" : "";
}

void add_copy(StageBuilder& builder, const Box& box, SlotId source, SlotId target, std::size_t element_bytes) {
  builder.step([=, copy = make_copy(box, element_bytes)](const Memory& memory) {
    copy(memory.raw(source), memory.raw(target));
  });
}

// ---- Concat, Split ----------------------------------------------------------------------------

/// Where the data of one part begins in the whole, in elements.
std::int64_t part_offset(std::int64_t position, std::size_t axis, const Strides& whole) {
  return position * whole[axis];
}

void build_concat(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& whole = builder.shape(step.result);
  const std::size_t axis = from_front(node.attribute<std::int64_t>("axis", 1), whole.size());
  const bool any_last =
      std::ranges::any_of(node.inputs, [&](ValueId v) { return builder.lies(v, Layout::channels_last); });
  const Layout layout = any_last ? Layout::channels_last : Layout::row_major;
  const Strides to = strides_of(whole, layout);
  std::vector<std::pair<SlotId, Copy>> parts;
  std::int64_t position = 0;
  for (const ValueId value : node.inputs) {
    const Shape& shape = builder.shape(value);
    const Box box{
        .extents = shape, .from = strides_of(shape, layout), .to_offset = part_offset(position, axis, to), .to = to};
    parts.emplace_back(builder.read_like(value, step.result, layout), make_copy(box, builder.coded_bytes(step.result)));
    position += shape[axis];
  }
  const SlotId target = builder.write_coded(step.result, layout);
  builder.step([=](const Memory& memory) {
    for (const auto& [source, copy] : parts) copy(memory.raw(source), memory.raw(target));
  });
}

void build_split(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& whole = builder.shape(node.inputs[0]);
  const std::size_t axis = from_front(node.attribute<std::int64_t>("axis", 0), whole.size());
  std::int64_t position = 0;
  for (const ValueId value : node.outputs) {
    if (!value.valid()) continue;
    const auto [source, layout] = builder.read_like(node.inputs[0], value);
    const Strides from = strides_of(whole, layout);
    const Shape& shape = builder.shape(value);
    const Box box{.extents = shape,
                  .from_offset = part_offset(position, axis, from),
                  .from = from,
                  .to = strides_of(shape, layout)};
    add_copy(builder, box, source, builder.write_coded(value, layout), builder.coded_bytes(value));
    position += shape[axis];
  }
}

// ---- Slice ------------------------------------------------------------------------------------

std::string slice_unsupported(const Graph& graph, const Node& node) {
  return first_of({rank_unsupported(graph, node), constant_only(graph, node, 1, "start"),
                   constant_only(graph, node, 3, "list of axes"), constant_only(graph, node, 4, "step")});
}

/// `start` as Slice means it: counted from the end if negative, kept within the extent.
std::int64_t clamped_start(std::int64_t start, std::int64_t step, std::int64_t extent) {
  if (start < 0) start += extent;
  return step > 0 ? std::clamp<std::int64_t>(start, 0, extent) : std::clamp<std::int64_t>(start, 0, extent - 1);
}

void build_slice(StageBuilder& builder, const Step& step) {
  const Graph& graph = builder.graph();
  const Node& node = *step.node;
  const Shape& shape = builder.shape(node.inputs[0]);
  const auto starts = *integers(graph, node, "starts", 1);
  const auto axes = integers(graph, node, "axes", 3);
  const auto steps = has_input(node, 4) ? constant_integers(graph, node.inputs[4]) : Strides(starts.size(), 1);
  const auto [source, layout] = builder.read_like(node.inputs[0], step.result);
  const Shape& result = builder.shape(step.result);
  Box box{.extents = result, .from = strides_of(shape, layout), .to = strides_of(result, layout)};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axes ? from_front((*axes)[i], shape.size()) : i;
    box.from_offset += clamped_start(starts[i], steps[i], shape[axis]) * box.from[axis];
    box.from[axis] *= steps[i];
  }
  add_copy(builder, box, source, builder.write_coded(step.result, layout), builder.coded_bytes(step.result));
}

// ---- Transpose, Expand ------------------------------------------------------------------------

void build_transpose(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& result = builder.shape(step.result);
  const auto [source, layout] = builder.read_like(node.inputs[0], step.result);
  const Strides own = strides_of(builder.shape(node.inputs[0]), layout);
  Strides backwards(result.size());
  for (std::size_t i = 0; i < backwards.size(); ++i) backwards[i] = static_cast<std::int64_t>(backwards.size() - 1 - i);
  const Strides order = node.attribute("perm", backwards);
  Strides from(result.size());
  for (std::size_t i = 0; i < result.size(); ++i) from[i] = own[static_cast<std::size_t>(order[i])];
  const Strides to = strides_of(result, Layout::row_major);
  const SlotId target = builder.write_coded(step.result, Layout::row_major);
  const bool fast = builder.type(step.result) == DataType::float32 && !result.empty() && result.size() <= 6 &&
                    element_count(result) > 0;
  if (fast)
    return add_routine(builder,
                       onednn::reorder(builder.kernels(), builder.coded_element(step.result), result, from, to), source,
                       target);
  add_copy(builder, {.extents = result, .from = from, .to = to}, source, target, builder.coded_bytes(step.result));
}

void build_expand(StageBuilder& builder, const Step& step) {
  const ValueId input = step.node->inputs[0];
  const Shape& result = builder.shape(step.result);
  const auto [source, layout] = builder.read(input);
  const Box box{.extents = result,
                .from = broadcast_strides(builder.shape(input), layout, result),
                .to = strides_of(result, Layout::row_major)};
  add_copy(builder, box, source, builder.write(step.result, Layout::row_major), size_of(builder.type(step.result)));
}

// ---- Pad --------------------------------------------------------------------------------------

std::string pad_unsupported(const Graph& graph, const Node& node) {
  const auto mode = node.attribute("mode", std::string("constant"));
  if (mode != "constant") return "mode '" + mode + "' is not implemented";
  return first_of({rank_unsupported(graph, node), constant_only(graph, node, 1, "padding"),
                   constant_only(graph, node, 2, "padding value"), constant_only(graph, node, 3, "list of axes")});
}

/// The bytes of one element of padding.
Tensor padding_value(const Graph& graph, const Node& node) {
  if (has_input(node, 2)) return materialize(graph.constants.at(node.inputs[2]));
  Tensor value(graph.values[node.inputs[0]].type, {});
  if (node.has("value")) value.as<float>()[0] = node.attribute("value", 0.0F);
  return value;
}

/// The part of the source that stays (pads may be negative) and where it goes.
Box kept_box(const Shape& shape, const Shape& result, const Strides& pads, Layout layout) {
  Box box{.extents = shape, .from = strides_of(shape, layout), .to = strides_of(result, layout)};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::int64_t first = std::max<std::int64_t>(0, -pads[i]);
    const std::int64_t last = std::min(shape[i], result[i] - pads[i]);
    box.extents[i] = std::max<std::int64_t>(0, last - first);
    box.from_offset += first * box.from[i];
    box.to_offset += (first + pads[i]) * box.to[i];
  }
  return box;
}

void build_pad(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const Shape& result = builder.shape(step.result);
  const char* attribute = node.has("paddings") ? "paddings" : "pads";
  const auto [source, layout] = builder.read(node.inputs[0]);
  const Strides pads = *integers(builder.graph(), node, attribute, 1);
  const SlotId target = builder.write(step.result, layout);
  const DataType type = builder.type(step.result);
  const Box fill{.extents = result, .from = Strides(result.size(), 0), .to = strides_of(result, layout)};
  builder.step([source = source, target, value = padding_value(builder.graph(), node),
                fill = make_copy(fill, size_of(type)),
                copy = make_copy(kept_box(builder.shape(node.inputs[0]), result, pads, layout), size_of(type))](
                   const Memory& memory) {
    fill(value.bytes.data(), memory.raw(target));
    copy(memory.raw(source), memory.raw(target));
  });
}

constexpr std::array kKernels{
    Kernel{"Concat", rank_unsupported, build_concat}, Kernel{"Expand", rank_unsupported, build_expand},
    Kernel{"Pad", pad_unsupported, build_pad},        Kernel{"Slice", slice_unsupported, build_slice},
    Kernel{"Split", rank_unsupported, build_split},   Kernel{"Transpose", rank_unsupported, build_transpose}};

}  // namespace

std::span<const Kernel> movement_kernels() { return kKernels; }

}  // namespace cleave::cpu
