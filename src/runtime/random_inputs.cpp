#include "runtime/random_inputs.hpp"

#include <algorithm>
#include <random>

namespace cleave {
namespace {

/// Rows of the table that `value` indexes; 2 when it indexes none.
std::int64_t index_range(const Graph& graph, ValueId value) {
  for (const Node& node : graph.nodes) {
    if (node.type != "Gather" || node.inputs[1] != value) continue;
    const Shape& table = graph.values[node.inputs[0]].shape;
    const std::int64_t axis = node.attribute<std::int64_t>("axis", 0);
    return table[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(table.size()) : axis)];
  }
  return 2;
}

template <class T>
void fill_integers(Tensor& tensor, std::mt19937_64& random, std::int64_t range) {
  for (T& item : tensor.as<T>()) item = static_cast<T>(random() % static_cast<std::uint64_t>(range));
}

void fill(Tensor& tensor, std::mt19937_64& random, std::int64_t range) {
  switch (tensor.type) {
    case DataType::float32:
      for (float& item : tensor.as<float>())
        item = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
      break;
    case DataType::float64:
      for (double& item : tensor.as<double>()) item = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
      break;
    case DataType::int64:
      fill_integers<std::int64_t>(tensor, random, range);
      break;
    case DataType::int32:
      fill_integers<std::int32_t>(tensor, random, range);
      break;
    default:
      break;  // masks and other small types stay zero
  }
}

}  // namespace

std::vector<Tensor> random_inputs(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) {
    Tensor tensor(graph.values[id].type, graph.values[id].shape);
    fill(tensor, random, index_range(graph, id));
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

}  // namespace cleave
