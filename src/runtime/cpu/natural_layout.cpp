#include "runtime/cpu/natural_layout.hpp"

#include "runtime/cpu/layout.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace cleave::cpu {
namespace {

enum class Leaves { channels_last, as_read, row_major };

Leaves leaves(std::string_view type) {
  static constexpr std::array<std::string_view, 6> kInChannels{"Conv",          "MaxPool",           "AveragePool",
                                                               "GlobalMaxPool", "GlobalAveragePool", "LRN"};
  static constexpr std::array<std::string_view, 15> kAsRead{
      "Add", "BatchNormalization", "Clip",    "Concat", "Dropout", "Elu",   "HardSigmoid", "HardSwish",
      "Mul", "Identity",           "Sigmoid", "Relu",   "Split",   "Slice", "LeakyRelu"};
  if (std::ranges::find(kInChannels, type) != kInChannels.end()) return Leaves::channels_last;
  return std::ranges::find(kAsRead, type) != kAsRead.end() ? Leaves::as_read : Leaves::row_major;
}

}  // namespace

bool made_channels_last(const Graph& graph, ValueId value) {
  if (graph.values[value].type != DataType::float32 || layouts_agree(graph.values[value].shape)) return false;
  // Makers come before readers: one way backwards through the nodes meets them all.
  std::set<ValueId> asked{value};
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[NodeId(i)];
    if (std::ranges::none_of(node.outputs, [&](ValueId output) { return asked.contains(output); })) continue;
    const Leaves layout = leaves(node.type);
    if (layout == Leaves::channels_last) return true;
    if (layout == Leaves::as_read)
      for (const ValueId input : node.inputs)
        if (input.valid()) asked.insert(input);
  }
  return false;
}

}  // namespace cleave::cpu
