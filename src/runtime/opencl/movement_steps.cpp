#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/lookup.hpp"
#include "runtime/opencl/device_kernels.hpp"

#include <algorithm>
#include <numeric>

namespace cleave::opencl {
namespace {

using cpu::Layout;
using cpu::Strides;

bool always(const Graph&, const Node&) { return true; }

void build_view(DeviceStageBuilder& builder, const cpu::Step& step) { builder.view(step.result, step.node->inputs[0]); }

/// A box of elements from one array to another.
struct Box {
  Shape extents;
  std::int64_t from_offset = 0, to_offset = 0;
  Strides from, to;
};

void add_copy(DeviceStageBuilder& builder, const Box& box, SlotId source, SlotId target) {
  std::vector<cl_int> numbers;
  for (const Strides* list : {&box.extents, &box.from, &box.to})
    for (const std::int64_t number : *list) numbers.push_back(static_cast<cl_int>(number));
  const auto count = static_cast<cl_int>(element_count(box.extents));
  const SlotId geometry = builder.constant(std::span<const cl_int>(numbers));
  builder.launch(over("copy_box", count,
                      {source, target, count, static_cast<cl_int>(box.from_offset), static_cast<cl_int>(box.to_offset),
                       static_cast<cl_int>(box.extents.size()), geometry}));
}

bool concat_fits(const Graph& graph, const Node& node) {
  return std::ranges::all_of(node.inputs, [&](ValueId value) { return graph.values[value].type == DataType::float32; });
}

void build_concat(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& whole = builder.shape(step.result);
  const std::size_t axis = cpu::from_front(node.attribute<std::int64_t>("axis", 1), whole.size());
  const Strides to = cpu::strides_of(whole, Layout::row_major);
  std::vector<SlotId> sources;
  for (const ValueId value : node.inputs) sources.push_back(builder.read(value));
  const SlotId target = builder.write(step.result);
  std::int64_t position = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Shape& shape = builder.shape(node.inputs[i]);
    add_copy(builder,
             {.extents = shape,
              .to_offset = position * to[axis],
              .from = cpu::strides_of(shape, Layout::row_major),
              .to = to},
             sources[i], target);
    position += shape[axis];
  }
}

void build_split(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& whole = builder.shape(node.inputs[0]);
  const std::size_t axis = cpu::from_front(node.attribute<std::int64_t>("axis", 0), whole.size());
  const Strides from = cpu::strides_of(whole, Layout::row_major);
  std::int64_t position = 0;
  for (const ValueId value : node.outputs) {
    if (!value.valid()) continue;
    const Shape& shape = builder.shape(value);
    const SlotId source = builder.read(node.inputs[0]);
    const SlotId target = builder.write(value);
    add_copy(builder,
             {.extents = shape,
              .from_offset = position * from[axis],
              .from = from,
              .to = cpu::strides_of(shape, Layout::row_major)},
             source, target);
    position += shape[axis];
  }
}

void build_transpose(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& result = builder.shape(step.result);
  const Strides own = cpu::strides_of(builder.shape(node.inputs[0]), Layout::row_major);
  Strides order(result.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = node.attribute("perm", order);
  Box box{.extents = result, .from = Strides(result.size()), .to = cpu::strides_of(result, Layout::row_major)};
  for (std::size_t i = 0; i < result.size(); ++i) box.from[i] = own[static_cast<std::size_t>(order[i])];
  const SlotId source = builder.read(node.inputs[0]);
  add_copy(builder, box, source, builder.write(step.result));
}

bool gather_fits(const Graph& graph, const Node& node) {
  return graph.values[node.inputs[1]].type == DataType::int64 && element_count(graph.values[node.outputs[0]].shape) > 0;
}

/// A device cannot say that an index is outside: indices, which only the host computes, are checked there.
void build_gather(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& table = builder.shape(node.inputs[0]);
  const std::size_t axis = cpu::from_front(node.attribute<std::int64_t>("axis", 0), table.size());
  const std::int64_t extent = table[axis];
  builder.compute(
      [extent, network = builder.graph().name, name = node.name](auto inputs, auto) {
        for (const std::int64_t index : inputs[0]->template as<std::int64_t>())
          (void)cpu::row_of_table(index, extent, network, name);
      },
      std::span(&node.inputs[1], 1), {});
  const auto begin = table.begin() + static_cast<std::ptrdiff_t>(axis) + 1;
  const SlotId source = builder.read(node.inputs[0]), indices = builder.read(node.inputs[1]);
  const SlotId target = builder.write(step.result);
  const cl_int count = count_of(builder.graph(), step.result);
  builder.launch(over("gather", count,
                      {source, indices, target, count, count_of(builder.graph(), node.inputs[1]),
                       static_cast<cl_int>(extent), static_cast<cl_int>(element_count(Shape(begin, table.end())))}));
}

constexpr std::array kKernels{
    DeviceKernel{"Concat", concat_fits, build_concat},  DeviceKernel{"Dropout", always, build_view},
    DeviceKernel{"Flatten", always, build_view},        DeviceKernel{"Gather", gather_fits, build_gather},
    DeviceKernel{"Identity", always, build_view},       DeviceKernel{"Reshape", always, build_view},
    DeviceKernel{"Split", always, build_split},         DeviceKernel{"Squeeze", always, build_view},
    DeviceKernel{"Transpose", always, build_transpose}, DeviceKernel{"Unsqueeze", always, build_view}};

}  // namespace

std::span<const DeviceKernel> movement_kernels() { return kKernels; }

}  // namespace cleave::opencl
