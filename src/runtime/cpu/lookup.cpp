#include "runtime/cpu/lookup.hpp"

#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <functional>
#include <numeric>

namespace cleave::cpu {

std::size_t row_of_table(std::int64_t index, std::int64_t extent, const std::string& network, const std::string& node) {
  if (index < -extent || index >= extent)
    throw InputError(network, node, fmt::format("index {} is outside the {} rows of the table", index, extent),
                     "feed indices within the table");
  return static_cast<std::size_t>(index < 0 ? index + extent : index);
}

namespace {

std::string gather_unsupported(const Graph& graph, const Node& node) {
  const DataType type = graph.values[node.inputs[1]].type;
  return type == DataType::int64 || type == DataType::int32 ? "" : "indices must be int32 or int64";
}

/// `outer` blocks of `extent` rows of `row_bytes`; the rows at `indices` of each are copied.
struct Gathering {
  std::int64_t outer = 1, extent = 1, indices = 1;
  std::size_t row_bytes = 0;
  std::string network, node;

  template <class Index>
  void run(const std::byte* table, const Index* index, std::byte* out) const {
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t i = 0; i < indices; ++i, out += row_bytes)
        std::memcpy(out, table + row_of_table(static_cast<std::int64_t>(index[i]), extent, network, node) * row_bytes,
                    row_bytes);
      table += static_cast<std::size_t>(extent) * row_bytes;
    }
  }
};

Gathering gathering(const StageBuilder& builder, const Node& node) {
  const Shape& table = builder.shape(node.inputs[0]);
  const std::size_t axis = from_front(node.attribute<std::int64_t>("axis", 0), table.size());
  const auto split = table.begin() + static_cast<std::ptrdiff_t>(axis);
  const auto product = [](auto first, auto last) {
    return std::accumulate(first, last, std::int64_t{1}, std::multiplies<>());
  };
  return {
      .outer = product(table.begin(), split),
      .extent = table[axis],
      .indices = element_count(builder.shape(node.inputs[1])),
      .row_bytes = static_cast<std::size_t>(product(split + 1, table.end())) * size_of(builder.type(node.inputs[0])),
      .network = builder.graph().name,
      .node = node.name};
}

void build_gather(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const SlotId table = builder.read(node.inputs[0], Layout::row_major);
  const SlotId indices = builder.read(node.inputs[1], Layout::row_major);
  const SlotId target = builder.write(step.result, Layout::row_major);
  const bool wide = builder.type(node.inputs[1]) == DataType::int64;
  builder.step([=, gather = gathering(builder, node)](const Memory& memory) {
    if (wide)
      gather.run(memory.raw(table), memory.at<std::int64_t>(indices), memory.raw(target));
    else
      gather.run(memory.raw(table), memory.at<std::int32_t>(indices), memory.raw(target));
  });
}

constexpr std::array kKernels{Kernel{"Gather", gather_unsupported, build_gather}};

}  // namespace

std::span<const Kernel> lookup_kernels() { return kKernels; }

}  // namespace cleave::cpu
