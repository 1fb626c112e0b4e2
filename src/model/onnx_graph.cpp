#include "model/onnx_graph.hpp"

#include "base/graph_order.hpp"
#include "model/onnx_proto.hpp"
#include "model/onnx_schema.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace cleave {

namespace {

/// "ai.onnx" is the long name of the standard domain.
std::string domain_of(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

int opset_of(const onnx::ModelProto& model, const std::string& file) {
  for (const auto& import : model.opset_import())
    if (domain_of(import.domain()).empty() && import.version() > 0)
      return static_cast<int>(std::min<std::int64_t>(import.version(), 1000));
  throw InputError(file, "", "does not say which version of the standard operators it uses",
                   "add an opset_import for the domain ai.onnx");
}

class Linker {
 public:
  Linker(const onnx::ModelProto& model, const WeightSource& source, const std::string& file, std::int64_t batch)
      : proto_(model.graph()), source_(source), file_(file), batch_(batch) {
    graph_.opset = opset_of(model, file);
  }

  LinkedGraph link(const std::vector<RawRange>& raw) {
    add_initializers(raw);
    open_batch_ = std::any_of(proto_.input().begin(), proto_.input().end(),
                              [this](const onnx::ValueInfoProto& input) { return leaves_batch_open(input); });
    for (const auto& input : proto_.input()) add_input(input);
    for (const auto& node : proto_.node()) add_node(node);
    for (int n = 0; n < proto_.node_size(); ++n) connect(n);
    for (const auto& output : proto_.output()) add_output(output.name());
    for (Node& node : graph_.nodes) drop_unread_outputs(node);
    for (const Node& node : graph_.nodes) verify_node(graph_, node, file_);
    sort_nodes();
    return {std::move(graph_), file_batch_};
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& problem, const std::string& repair) const {
    throw InputError(file_, place, problem, repair);
  }

  ValueId define(const std::string& name, const std::string& place) {
    const ValueId id = graph_.values.push_back({.name = name, .type = {}, .shape = {}});
    if (!by_name_.emplace(name, id).second)
      fail(place, fmt::format("makes the value '{}', which is made elsewhere too", name),
           "give every value one producer");
    return id;
  }

  void add_initializers(const std::vector<RawRange>& raw) {
    for (int i = 0; i < proto_.initializer_size(); ++i) {
      const onnx::TensorProto& tensor = proto_.initializer(i);
      const Origin origin{file_, fmt::format("initializer '{}'", tensor.name())};
      const ValueId id = define(tensor.name(), origin.place);
      const auto at = static_cast<std::size_t>(i);
      Constant constant = to_constant(tensor, at < raw.size() ? raw[at] : RawRange{}, source_, origin);
      graph_.values[id].type = constant.type;
      graph_.values[id].shape = constant.shape;
      graph_.constants.emplace(id, std::move(constant));
    }
    if (proto_.sparse_initializer_size() > 0)
      fail("", "has sparse initializers, which are not supported", "export the model with dense weights");
  }

  void add_input(const onnx::ValueInfoProto& input) {
    const std::string place = fmt::format("input '{}'", input.name());
    // Before IR version 4 initialisers are listed among the inputs.
    const auto known = by_name_.find(input.name());
    if (known != by_name_.end() && graph_.constants.contains(known->second)) return;
    const auto& tensor = input.type().tensor_type();
    const std::optional<DataType> type = data_type_of(tensor.elem_type());
    if (!input.type().has_tensor_type() || !type || !tensor.has_shape())
      fail(place, "is not a tensor of numbers with a shape", "export the model with typed inputs");
    const ValueId id = define(input.name(), place);
    graph_.values[id].type = *type;
    graph_.values[id].shape = input_shape(tensor.shape(), place);
    graph_.inputs.push_back(id);
  }

  /// Whether an input of the network has a first dimension without a number.
  bool leaves_batch_open(const onnx::ValueInfoProto& input) const {
    const auto& shape = input.type().tensor_type().shape();
    return !by_name_.contains(input.name()) && shape.dim_size() > 0 &&
           !(shape.dim(0).has_dim_value() && shape.dim(0).dim_value() > 0);
  }

  /// The batch is a first dimension without a number; where no input has one, the first dimension of the first input,
  /// and of those with the same. All other numbers stay.
  Shape input_shape(const onnx::TensorShapeProto& proto, const std::string& place) {
    Shape shape;
    for (int axis = 0; axis < proto.dim_size(); ++axis) {
      const auto& dim = proto.dim(axis);
      const bool fixed = dim.has_dim_value() && dim.dim_value() > 0;
      if (axis == 0 && fixed && !open_batch_ && !file_batch_) file_batch_ = dim.dim_value();
      const bool replaced = axis == 0 && batch_ > 0 && (!fixed || dim.dim_value() == file_batch_);
      if (!fixed && !replaced)
        fail(place, fmt::format("dimension {} ('{}') has no fixed size", axis, dim.dim_param()),
             "export the model with fixed sizes; only the first dimension may vary");
      shape.push_back(replaced ? batch_ : dim.dim_value());
    }
    if (!is_sane(shape)) fail(place, "has an impossible shape", "export the model again");
    return shape;
  }

  std::string unique_name(const onnx::NodeProto& proto, int index) {
    const std::string base = proto.name().empty() ? fmt::format("{}_{}", proto.op_type(), index) : proto.name();
    std::string name = base;
    for (int copy = 2; !node_names_.insert(name).second; ++copy) name = fmt::format("{}_{}", base, copy);
    return name;
  }

  void add_node(const onnx::NodeProto& proto) {
    Node node;
    node.name = unique_name(proto, static_cast<int>(graph_.nodes.size()));
    node.type = proto.op_type();
    node.domain = domain_of(proto.domain());
    const std::string place = place_of(node);
    for (const auto& attribute : proto.attribute())
      node.attributes[attribute.name()] = to_attribute(attribute, {file_, place});
    if (!schema_of(graph_, node) && !keeps_first_shape(node))
      fail(place,
           fmt::format("operator '{}' of domain '{}' is not known", node.type,
                       node.domain.empty() ? "ai.onnx" : node.domain),
           "export the model with standard ONNX operators");
    for (const std::string& output : proto.output())
      node.outputs.push_back(output.empty() ? ValueId{} : define(output, place));
    graph_.nodes.push_back(std::move(node));
  }

  void connect(int index) {
    Node& node = graph_.nodes[NodeId(static_cast<std::size_t>(index))];
    for (const std::string& input : proto_.node(index).input()) {
      const auto found = by_name_.find(input);
      if (!input.empty() && found == by_name_.end())
        fail(place_of(node), fmt::format("reads the value '{}', which nothing makes", input),
             "add the node, input or initializer that makes it");
      node.inputs.push_back(input.empty() ? ValueId{} : found->second);
      read_.insert(node.inputs.back());
    }
  }

  void add_output(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end())
      fail(fmt::format("output '{}'", name), "is made by nothing", "name the value of a node");
    graph_.outputs.push_back(found->second);
    read_.insert(found->second);
  }

  /// Optional outputs (Dropout's mask, BatchNormalization's statistics) often have no shape.
  void drop_unread_outputs(Node& node) const {
    const onnx::OpSchema* schema = schema_of(graph_, node);
    if (!schema) return;
    for (std::size_t i = 1; i < node.outputs.size() && i < schema->outputs().size(); ++i)
      if (schema->outputs()[i].GetOption() == onnx::OpSchema::Optional && !read_.contains(node.outputs[i]))
        node.outputs[i] = ValueId{};
    while (node.outputs.size() > 1 && !node.outputs.back().valid()) node.outputs.pop_back();
  }

  Edges edges() const {
    std::unordered_map<std::uint32_t, std::size_t> producer;
    for (const NodeId n : graph_.nodes.ids())
      for (const ValueId output : graph_.nodes[n].outputs) producer[output.value] = n.at();
    Edges result;
    for (const NodeId n : graph_.nodes.ids())
      for (const ValueId input : graph_.nodes[n].inputs)
        if (const auto made = producer.find(input.value); input.valid() && made != producer.end())
          result.emplace_back(made->second, n.at());
    return result;
  }

  /// The first node of the file that lies on a cycle.
  NodeId on_cycle(const Edges& all) const {
    const std::vector<std::size_t> component = strong_components(graph_.nodes.size(), all);
    std::size_t first = graph_.nodes.size();
    for (const auto& [from, to] : all)
      if (component[from] == component[to]) first = std::min(first, from);
    return NodeId(first);
  }

  void sort_nodes() {
    const Edges all = edges();
    const auto order = topological_order(graph_.nodes.size(), all);
    if (!order)
      fail(place_of(graph_.nodes[on_cycle(all)]), "is on a cycle", "remove the cycle; a network must be acyclic");
    IndexVector<NodeId, Node> sorted;
    for (const std::size_t n : *order) sorted.push_back(std::move(graph_.nodes[NodeId(n)]));
    graph_.nodes = std::move(sorted);
  }

  const onnx::GraphProto& proto_;
  const WeightSource& source_;
  const std::string& file_;
  std::int64_t batch_;
  Graph graph_;
  bool open_batch_ = false;  ///< some first dimension has no number
  std::optional<std::int64_t> file_batch_;
  std::unordered_map<std::string, ValueId> by_name_;
  std::set<std::string> node_names_;
  std::set<ValueId> read_;
};

}  // namespace

LinkedGraph link_graph(const onnx::ModelProto& model, const std::vector<RawRange>& raw, const WeightSource& source,
                       const std::string& file, std::int64_t batch) {
  return Linker(model, source, file, batch).link(raw);
}

}  // namespace cleave
