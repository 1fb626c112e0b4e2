#include "model/merge_rules.hpp"
#include "model/node_work.hpp"
#include "model/numbers.hpp"
#include "model/op_traits.hpp"

#include <cleave/network.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace cleave {

namespace {

/// Trained numbers, as opposed to shapes, axes and indices.
bool is_parameter(const Constant& constant) {
  switch (constant.type) {
    case DataType::float32:
    case DataType::float64:
    case DataType::float16:
    case DataType::bfloat16:
    case DataType::int8:
    case DataType::uint8:
      return true;
    default:
      return false;
  }
}

class NetworkMaker {
 public:
  NetworkMaker(std::shared_ptr<const Graph> graph, std::int64_t batch)
      : graph_(*graph),
        tensor_of_(graph_.values.size()),
        made_by_(graph_.values.size()),
        readers_(graph_.values.size()) {
    network_.name = graph_.name;
    network_.batch = batch;
    network_.graph = std::move(graph);
  }

  Network make() {
    const auto is_weight = weight_values(graph_);
    for (MergedGroup& group : merge_nodes(graph_)) add_operator(std::move(group), is_weight);
    find_readers();
    for (const ValueId input : graph_.inputs) add_tensor(input);
    for (const Operator& op : network_.operators)
      for (const NodeId n : op.nodes)
        for (const ValueId output : graph_.nodes[n].outputs) add_tensor(output);
    connect();
    for (const auto& [id, constant] : graph_.constants)
      if (is_parameter(constant)) network_.distinct_parameters += element_count(constant.shape);
    return std::move(network_);
  }

 private:
  void add_operator(MergedGroup group, const IndexVector<ValueId, char>& is_weight) {
    Operator op;
    op.name = unique_name(graph_.nodes[group.leader].name);
    op.kind = group.kind;
    std::set<ValueId> constants;
    for (const NodeId n : group.nodes) {
      const Node& node = graph_.nodes[n];
      const NodeWork work = work_of(graph_, node, traits_of(node, is_weight).kind, is_weight);
      if (n == group.leader) {
        op.gemm = work.gemm;
        op.window = work.window;
      }
      op.macs += work.macs;
      op.flops += work.flops;
      constants.insert(node.inputs.begin(), node.inputs.end());
    }
    for (const ValueId id : constants)
      if (const auto found = graph_.constants.find(id); found != graph_.constants.end() && is_parameter(found->second))
        op.parameters += element_count(found->second.shape);
    op.nodes = std::move(group.nodes);
    const OpId id = network_.operators.push_back(std::move(op));
    for (const NodeId n : network_.operators[id].nodes)
      for (const ValueId output : graph_.nodes[n].outputs)
        if (output.valid()) made_by_[output] = id;
  }

  std::string unique_name(const std::string& base) {
    std::string name = base;
    for (int copy = 2; !names_.insert(name).second; ++copy) name = base + "_" + std::to_string(copy);
    return name;
  }

  /// A tensor for a value that crosses operators.
  void add_tensor(ValueId id) {
    if (!id.valid() || tensor_of_[id].valid()) return;
    const Value& value = graph_.values[id];
    NetworkTensor tensor;
    tensor.name = value.name;
    tensor.producer = made_by_[id];
    tensor.consumers.assign(readers_[id].begin(), readers_[id].end());
    tensor.leaves = std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
    if (tensor.consumers.empty() && !tensor.leaves) return;
    tensor.elements = element_count(value.shape);
    if (!is_real(value.type))
      tensor.bytes = static_cast<double>(tensor.elements) * static_cast<double>(size_of(value.type));
    tensor.value = id;
    tensor_of_[id] = network_.tensors.push_back(std::move(tensor));
  }

  void find_readers() {
    for (const OpId op : network_.operators.ids())
      for (const NodeId n : network_.operators[op].nodes)
        for (const ValueId input : graph_.nodes[n].inputs)
          if (input.valid() && made_by_[input] != op) readers_[input].insert(op);
  }

  void connect() {
    for (const TensorId id : network_.tensors.ids()) {
      const NetworkTensor& tensor = network_.tensors[id];
      if (tensor.producer.valid()) network_.operators[tensor.producer].outputs.push_back(id);
      for (const OpId op : tensor.consumers) network_.operators[op].inputs.push_back(id);
    }
  }

  const Graph& graph_;
  Network network_;
  IndexVector<ValueId, TensorId> tensor_of_;
  IndexVector<ValueId, OpId> made_by_;
  IndexVector<ValueId, std::set<OpId>> readers_;
  std::set<std::string> names_;
};

}  // namespace

std::int64_t Network::macs() const {
  std::int64_t sum = 0;
  for (const Operator& op : operators) sum += op.macs;
  return sum;
}

std::int64_t Network::parameters() const { return distinct_parameters; }

std::string_view name_of(OpKind kind) {
  switch (kind) {
    case OpKind::conv:
      return "conv";
    case OpKind::gemm:
      return "gemm";
    case OpKind::matmul:
      return "matmul";
    case OpKind::pool:
      return "pool";
    case OpKind::elementwise:
      return "elementwise";
    case OpKind::normalization:
      return "normalization";
    case OpKind::softmax:
      return "softmax";
    case OpKind::reduction:
      return "reduction";
    case OpKind::movement:
      return "movement";
    case OpKind::lookup:
      return "lookup";
    case OpKind::other:
      return "other";
  }
  return "unknown";
}

Network make_network(std::shared_ptr<const Graph> graph, std::int64_t batch) {
  return NetworkMaker(std::move(graph), batch).make();
}

}  // namespace cleave
