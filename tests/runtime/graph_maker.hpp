#pragma once
/// Small graphs by hand, for tests of backends.

#include <cleave/runtime.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace cleave {

/// Shapes are given, not inferred: a test says what it expects.
class GraphMaker {
 public:
  GraphMaker() { graph_.opset = 13; }

  ValueId input(Shape shape, DataType type = DataType::float32) {
    const ValueId value = add_value(std::move(shape), type);
    graph_.inputs.push_back(value);
    return value;
  }
  /// Uniform in [low, high), the same in every run.
  ValueId weights(Shape shape, float low = -0.5F, float high = 0.5F) {
    Tensor tensor(DataType::float32, shape);
    std::uniform_real_distribution<float> number(low, high);
    for (float& element : tensor.as<float>()) element = number(random_);
    return constant(std::move(tensor));
  }
  ValueId constant(Tensor tensor) {
    const ValueId value = add_value(tensor.shape, tensor.type);
    graph_.constants[value] = {.type = tensor.type, .shape = tensor.shape, .content = std::move(tensor)};
    return value;
  }
  ValueId integers(const std::vector<std::int64_t>& numbers) {
    Tensor tensor(DataType::int64, {static_cast<std::int64_t>(numbers.size())});
    std::copy(numbers.begin(), numbers.end(), tensor.as<std::int64_t>().begin());
    return constant(std::move(tensor));
  }
  ValueId number(float value) {
    Tensor tensor(DataType::float32, {});
    tensor.as<float>()[0] = value;
    return constant(std::move(tensor));
  }
  ValueId node(const std::string& type, std::vector<ValueId> inputs, Shape shape,
               std::map<std::string, Attribute> attributes = {}, DataType result = DataType::float32) {
    Node node;
    node.name = type + std::to_string(graph_.nodes.size());
    node.type = type;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    node.outputs = {add_value(std::move(shape), result)};
    graph_.nodes.push_back(node);
    return node.outputs[0];
  }
  /// Another output of the node that was added last.
  ValueId another_output(Shape shape) {
    const ValueId value = add_value(std::move(shape), DataType::float32);
    graph_.nodes[NodeId(graph_.nodes.size() - 1)].outputs.push_back(value);
    return value;
  }
  void output(ValueId value) { graph_.outputs.push_back(value); }
  void set_opset(int opset) { graph_.opset = opset; }

  /// Operators as the library merges them.
  [[nodiscard]] Network merged() const { return make_network(std::make_shared<Graph>(graph_), 1); }
  /// Every node in one operator.
  [[nodiscard]] Network one_operator() const {
    Network network;
    network.name = "made by hand";
    network.graph = std::make_shared<Graph>(graph_);
    Operator op;
    op.name = "all";
    for (const NodeId id : graph_.nodes.ids()) op.nodes.push_back(id);
    network.operators.push_back(op);
    return network;
  }
  /// Every node an operator.
  [[nodiscard]] Network separate() const {
    Network network = one_operator();
    network.operators = {};
    for (const NodeId id : graph_.nodes.ids()) {
      Operator op;
      op.name = graph_.nodes[id].name;
      op.nodes = {id};
      network.operators.push_back(op);
    }
    return network;
  }

 private:
  ValueId add_value(Shape shape, DataType type) {
    return graph_.values.push_back(
        {.name = "v" + std::to_string(graph_.values.size()), .type = type, .shape = std::move(shape)});
  }
  Graph graph_;
  std::mt19937 random_{7};
};

}  // namespace cleave
