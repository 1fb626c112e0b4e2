#include "qdq_model.hpp"

#include "runtime/cpu/folding.hpp"
#include "runtime/cpu/short_values.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cleave::bench {
namespace {

std::map<ValueId, NodeId> producers_of(const Graph& graph) {
  std::map<ValueId, NodeId> producers;
  for (const NodeId node : graph.nodes.ids())
    for (const ValueId output : graph.nodes[node].outputs) producers.emplace(output, node);
  return producers;
}

/// A graph that grows: values of the old one keep their ids.
class Writer {
 public:
  explicit Writer(const Graph& old) : graph_(old) { graph_.nodes = {}; }

  Graph& graph() { return graph_; }

  ValueId value(const std::string& name, DataType type, const Shape& shape) {
    return graph_.values.push_back({.name = name, .type = type, .shape = shape});
  }
  ValueId constant(const std::string& name, Tensor tensor) {
    const ValueId id = value(name, tensor.type, tensor.shape);
    graph_.constants[id] = {.type = tensor.type, .shape = tensor.shape, .content = std::move(tensor)};
    return id;
  }
  ValueId scalar(const std::string& name, float number) {
    Tensor tensor(DataType::float32, {});
    tensor.as<float>()[0] = number;
    return constant(name, std::move(tensor));
  }
  void node(const std::string& type, std::vector<ValueId> inputs, ValueId output,
            std::map<std::string, Attribute> attributes = {}) {
    graph_.nodes.push_back({.name = type + "_" + std::to_string(graph_.nodes.size()),
                            .type = type,
                            .domain = "",
                            .inputs = std::move(inputs),
                            .outputs = {output},
                            .attributes = std::move(attributes)});
  }

  /// Floats as a constant.
  ValueId steps(const std::string& name, const std::vector<float>& numbers) {
    Tensor tensor(DataType::float32, {static_cast<std::int64_t>(numbers.size())});
    std::ranges::copy(numbers, tensor.as<float>().begin());
    return constant(name, std::move(tensor));
  }

  /// `value` as readers are to take it from now on.
  [[nodiscard]] ValueId current(ValueId value) const {
    const auto found = replaced_.find(value);
    return found == replaced_.end() ? value : found->second;
  }

  /// Quantises `value` and back, and lets everybody read that.
  void round(ValueId id, const cpu::Code& code) {
    const std::string name = graph_.values[id].name;
    const Shape shape = graph_.values[id].shape;
    Tensor zero(DataType::uint8, {});
    zero.as<std::uint8_t>()[0] = static_cast<std::uint8_t>(code.zero);
    const ValueId scale_id = scalar(name + "_scale", code.scale), zero_id = constant(name + "_zero", std::move(zero));
    const ValueId coded = value(name + "_coded", DataType::uint8, shape);
    const ValueId back = value(name + "_rounded", DataType::float32, shape);
    node("QuantizeLinear", {id, scale_id, zero_id}, coded);
    node("DequantizeLinear", {coded, scale_id, zero_id}, back);
    replaced_[id] = back;
  }

  /// Weights as s8 with a scale per channel.
  ValueId weights(const std::string& name, const Tensor& full, const cpu::Quantized& quantized, std::int64_t axis) {
    Tensor integers(DataType::int8, full.shape),
        zeros(DataType::int8, {static_cast<std::int64_t>(quantized.steps.size())});
    std::ranges::copy(quantized.integers, integers.as<std::int8_t>().begin());
    const ValueId back = value(name + "_rounded", DataType::float32, full.shape);
    node("DequantizeLinear",
         {constant(name + "_coded", std::move(integers)), steps(name + "_scale", quantized.steps),
          constant(name + "_zero", std::move(zeros))},
         back, {{"axis", axis}});
    return back;
  }

  /// A bias in whole steps of the products that it is added to.
  ValueId bias(const std::string& name, const std::vector<float>& full, const cpu::Quantized& weights,
               float source_scale) {
    const Shape shape{static_cast<std::int64_t>(full.size())};
    Tensor integers(DataType::int32, shape), zeros(DataType::int32, shape);
    std::vector<float> scales;
    for (std::size_t i = 0; i < full.size(); ++i) {
      scales.push_back(weights.steps[i] * source_scale);
      integers.as<std::int32_t>()[i] = static_cast<std::int32_t>(std::lrint(full[i] / scales.back()));
    }
    const ValueId back = value(name + "_bias_rounded", DataType::float32, shape);
    node("DequantizeLinear",
         {constant(name + "_bias_coded", std::move(integers)), steps(name + "_bias_scale", scales),
          constant(name + "_bias_zero", std::move(zeros))},
         back, {{"axis", std::int64_t{0}}});
    return back;
  }

 private:
  Graph graph_;
  std::map<ValueId, ValueId> replaced_;
};

void copy_node(Writer& writer, Node node) {
  for (ValueId& input : node.inputs)
    if (input.valid()) input = writer.current(input);
  // What ONNX Runtime has integer kernels for, and the form that nodes have in opset 13.
  if (node.type == "Sum" && node.inputs.size() == 2) node.type = "Add";
  if (node.type == "Dropout") {
    node = {.name = node.name,
            .type = "Identity",
            .domain = "",
            .inputs = {node.inputs[0]},
            .outputs = {node.outputs[0]},
            .attributes = {}};
  }
  writer.graph().nodes.push_back(std::move(node));
}

/// A product as it will be written, and the nodes that are folded into it.
struct Product {
  cpu::Step step;
  ValueId result;  ///< of the product with what is folded
};

cpu::FoldedProduct fold(const Graph& graph, const cpu::Step& step) {
  if (step.node->type == "Conv") return cpu::fold_convolution(graph, step);
  return step.node->type == "Gemm" ? cpu::fold_gemm(graph, step) : cpu::fold_matmul(graph, step);
}

/// Whether `node` scales or shifts `value` by constants.
bool is_affine(const Graph& graph, const Node& node, ValueId value) {
  if (node.type == "BatchNormalization") return node.inputs[0] == value;
  if (node.type != "Add" && node.type != "Mul" && node.type != "Sub" && node.type != "Div") return false;
  return graph.constants.contains(node.inputs[0]) || graph.constants.contains(node.inputs[1]);
}

/// Follows the scales and shifts behind the product that are folded into it.
Product product_of(const Graph& graph, const IndexVector<ValueId, int>& reads, const cpu::Step& step,
                   std::span<const NodeId> nodes, std::set<NodeId>& folded) {
  Product product{step, step.node->outputs[0]};
  for (const NodeId id : nodes) {
    const Node& node = graph.nodes[id];
    if (!step.affine || reads[product.result] != 1) break;
    if (std::ranges::find(node.inputs, product.result) == node.inputs.end()) continue;
    if (!is_affine(graph, node, product.result)) break;
    folded.insert(id);
    product.result = node.outputs[0];
  }
  return product;
}

void write_product(Writer& writer, const Graph& graph, const Product& product, float source_scale) {
  const Node& node = *product.step.node;
  const cpu::FoldedProduct constants = fold(graph, product.step);
  const std::string name = graph.values[product.result].name;
  const auto channels = static_cast<std::size_t>(constants.channels);
  const cpu::Quantized quantized = cpu::quantize(constants.folded.weights->as<float>(), channels, constants.order);
  std::vector<ValueId> inputs{writer.current(node.inputs[0]),
                              writer.weights(name + "_weights", *constants.folded.weights, quantized,
                                             constants.order == cpu::Channels::rows ? 0 : 1)};
  const auto& bias = constants.folded.bias;
  std::map<std::string, Attribute> attributes = node.attributes;
  attributes.erase("alpha");
  attributes.erase("beta");
  if (node.type != "MatMul" || !bias) {
    if (bias) inputs.push_back(writer.bias(name, *bias, quantized, source_scale));
    return writer.node(node.type, inputs, product.result, attributes);
  }
  const ValueId bare = writer.value(name + "_product", DataType::float32, graph.values[product.result].shape);
  writer.node(node.type, inputs, bare, attributes);
  writer.node("Add", {bare, writer.steps(name + "_bias", *bias)}, product.result);
}

void write_operator(Writer& writer, const Graph& graph, const Operator& op, const IndexVector<ValueId, int>& reads,
                    const cpu::Codes& codes) {
  std::set<NodeId> folded;
  std::map<const Node*, Product> products;
  for (const cpu::Step& step : cpu::fuse(graph, reads, op.nodes))
    if (codes.contains(step.node->inputs[0]) && cpu::multiplies_short(graph, *step.node))
      products.emplace(step.node, product_of(graph, reads, step, op.nodes, folded));
  for (const NodeId id : op.nodes) {
    if (folded.contains(id)) continue;
    const Node& node = graph.nodes[id];
    const auto product = products.find(&node);
    ValueId made = node.outputs[0];
    if (product == products.end()) {
      copy_node(writer, node);
    } else {
      write_product(writer, graph, product->second, codes.at(node.inputs[0]).scale);
      made = product->second.result;
    }
    if (const auto code = codes.find(made); code != codes.end()) writer.round(made, code->second);
  }
}

}  // namespace

Network without_final_softmax(const Network& network) {
  static const std::set<std::string> harmless = {"Softmax", "Reshape", "Flatten", "Squeeze", "Identity", "Dropout"};
  const Graph& old = *network.graph;
  const auto producers = producers_of(old);
  ValueId at = old.outputs[0], before_softmax = at;
  while (producers.contains(at) && harmless.contains(old.nodes[producers.at(at)].type)) {
    const Node& node = old.nodes[producers.at(at)];
    at = node.inputs[0];
    if (node.type == "Softmax") before_softmax = at;
  }
  std::set<NodeId> needed;
  std::vector<ValueId> open{before_softmax};
  while (!open.empty()) {
    const auto producer = producers.find(open.back());
    open.pop_back();
    if (producer == producers.end() || !needed.insert(producer->second).second) continue;
    const Node& node = old.nodes[producer->second];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  Graph graph = old;
  graph.nodes = {};
  for (const NodeId node : old.nodes.ids())
    if (needed.contains(node)) graph.nodes.push_back(old.nodes[node]);
  graph.outputs = {before_softmax};
  return make_network(std::make_shared<const Graph>(std::move(graph)), network.batch);
}

Network unmerged(const Network& network) {
  Network result = network;
  result.operators = {};
  for (const NodeId node : network.graph->nodes.ids()) {
    Operator op;
    op.name = network.graph->nodes[node].name;
    op.nodes = {node};
    result.operators.push_back(op);
  }
  return result;
}

Network qdq_network(const Network& network, const Ranges& ranges) {
  const Graph& old = *network.graph;
  const cpu::Codes codes = cpu::integer_codes(old, ranges);
  const auto reads = cpu::count_reads(old);
  Writer writer(old);
  for (const ValueId input : old.inputs)
    if (const auto code = codes.find(input); code != codes.end()) writer.round(input, code->second);
  for (const Operator& op : network.operators) write_operator(writer, old, op, reads, codes);
  writer.graph().opset = 13;
  return make_network(std::make_shared<const Graph>(std::move(writer.graph())), network.batch);
}

}  // namespace cleave::bench
