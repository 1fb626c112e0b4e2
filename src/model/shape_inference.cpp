#include "model/shape_inference.hpp"

#include "model/evaluate.hpp"
#include "model/newer_forms.hpp"
#include "model/onnx_proto.hpp"
#include "model/onnx_schema.hpp"
#include "model/onnx_shapes_fit.hpp"
#include "model/shape_rules.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <utility>

namespace cleave {

namespace {

/// Constants up to this size can decide a shape; larger ones are weights.
constexpr std::int64_t shape_elements = 1024;

/// One node at a time: the elements of a value are known before the node that needs them for its
/// shape is looked at, however long the chain that computes them.
class Propagation {
 public:
  Propagation(Graph& graph, const std::string& file, const std::optional<Rebatch>& rebatch)
      : graph_(graph), file_(file), rebatch_(rebatch) {}

  std::map<ValueId, Constant> run() {
    for (const NodeId id : graph_.nodes.ids()) {
      if (rebatch_) follow_batch(graph_.nodes[id]);
      if (graph_.opset < 7) spread_operand(graph_.nodes[id]);
      to_known_form(
          graph_, graph_.nodes[id], [this](ValueId value) { return constant_of(value); }, file_);
      visit(graph_.nodes[id]);
    }
    return std::move(known_);
  }

 private:
  [[noreturn]] void fail(const Node& node, const std::string& problem, const std::string& repair) const {
    throw InputError(file_, place_of(node), problem, repair);
  }

  const Constant* constant_of(ValueId id) const {
    if (const auto stored = graph_.constants.find(id); stored != graph_.constants.end()) return &stored->second;
    const auto known = known_.find(id);
    return known == known_.end() ? nullptr : &known->second;
  }

  void visit(const Node& node) {
    if (keeps_first_shape(node) && !schema_of(graph_, node))
      set(node, node.outputs.at(0), graph_.values[node.inputs.at(0)].type, graph_.values[node.inputs.at(0)].shape);
    else
      infer(node);
    if (node.type == "Reshape") check_reshape(node);
    if (auto constant = evaluate(graph_, node, [this](ValueId id) { return constant_of(id); }))
      known_.emplace(node.outputs[0], std::move(*constant));
  }

  void infer(const Node& node) {
    verify_ranks(graph_, node, file_);
    verify_fit(
        graph_, node, [this](ValueId id) { return constant_of(id); }, file_);
    onnx::GraphProto proto = alone(node);
    try {
      onnx::shape_inference::InferShapes(&proto, {{node.domain, known_version(graph_, node.domain)}},
                                         onnx::OpSchemaRegistry::Instance(), {/*check_type=*/false, /*error_mode=*/1});
    } catch (const std::exception& error) {
      fail(node, fmt::format("does not fit its inputs {} ({})", input_shapes(node), error.what()),
           "check the sizes of its inputs and weights, and the batch");
    }
    std::unordered_map<std::string, const onnx::TypeProto*> types;
    for (const auto& info : proto.value_info()) types[info.name()] = &info.type();
    for (const ValueId output : node.outputs)
      if (output.valid()) read_back(node, output, types);
  }

  /// A graph of this node alone. Small constants keep their elements, for they may be shapes.
  onnx::GraphProto alone(const Node& node) const {
    onnx::GraphProto proto;
    *proto.add_node() = older_form(node);
    for (const ValueId input : node.inputs) {
      if (!input.valid()) continue;
      const Value& value = graph_.values[input];
      *proto.add_input() = to_proto(value);
      const Constant* constant = constant_of(input);
      if (!constant || element_count(value.shape) > shape_elements) continue;
      if (const auto tensor = small_tensor(*constant)) {
        *proto.add_initializer() = to_proto(*tensor);
        proto.mutable_initializer()->rbegin()->set_name(value.name);
      }
    }
    return proto;
  }

  /// Since operator set 18 reductions take their axes as an input, which the library's newest
  /// schemas know as an attribute.
  onnx::NodeProto older_form(const Node& node) const {
    onnx::NodeProto proto = to_proto(graph_, node);
    const bool moved = graph_.opset >= 18 && node.type.starts_with("Reduce") && node.type != "ReduceSum";
    if (!moved || node.inputs.size() < 2 || !node.inputs[1].valid()) return proto;
    const Constant* axes = constant_of(node.inputs[1]);
    const auto numbers = axes ? small_integers(*axes) : std::nullopt;
    if (!numbers) fail(node, "has axes that are not constant", "export the model with constant axes");
    proto.mutable_input()->RemoveLast();
    if (!numbers->empty()) *proto.add_attribute() = to_proto("axes", *numbers);
    return proto;
  }

  void read_back(const Node& node, ValueId output,
                 const std::unordered_map<std::string, const onnx::TypeProto*>& types) {
    const auto found = types.find(graph_.values[output].name);
    const onnx::TypeProto* type = found == types.end() ? nullptr : found->second;
    const std::optional<DataType> element =
        type && type->has_tensor_type() ? data_type_of(type->tensor_type().elem_type()) : std::nullopt;
    const auto ruled = shape_by_rule(graph_, node, [this](ValueId id) { return constant_of(id); });
    const auto shape = ruled ? ruled : element ? static_shape(type->tensor_type()) : std::nullopt;
    if (!element || !shape) fail_dynamic(node, output);
    set(node, output, *element, *shape);
  }

  static std::optional<Shape> static_shape(const onnx::TypeProto::Tensor& type) {
    if (!type.has_shape()) return std::nullopt;
    Shape shape;
    for (const auto& dim : type.shape().dim()) {
      if (!dim.has_dim_value()) return std::nullopt;
      shape.push_back(dim.dim_value());
    }
    return shape;
  }

  [[noreturn]] void fail_dynamic(const Node& node, ValueId output) const {
    if (node.type == "Einsum")
      fail(node,
           fmt::format("has the equation '{}', which does not fit its inputs {}",
                       node.attribute("equation", std::string()), input_shapes(node)),
           "check the equation and the sizes of its inputs");
    if (node.type == "OneHot") fail(node, "has a depth that is not constant", "export the model with a constant depth");
    fail(node, fmt::format("output '{}' has no static shape", graph_.values[output].name),
         "export the model with fixed sizes");
  }

  void set(const Node& node, ValueId output, DataType type, Shape shape) {
    if (!is_sane(shape))
      fail(node,
           fmt::format("output '{}' has the impossible shape [{}]", graph_.values[output].name, fmt::join(shape, ", ")),
           "check the sizes of its inputs and the batch");
    graph_.values[output].type = type;
    graph_.values[output].shape = std::move(shape);
  }

  std::string input_shapes(const Node& node) const {
    std::string text;
    for (const ValueId input : node.inputs)
      text += input.valid() ? fmt::format("[{}]", fmt::join(graph_.values[input].shape, ",")) : "-";
    return text;
  }

  void check_reshape(const Node& node) const {
    const Shape& from = graph_.values[node.inputs.at(0)].shape;
    const Shape& to = graph_.values[node.outputs.at(0)].shape;
    if (element_count(from) != element_count(to))
      fail(node, fmt::format("cannot give [{}] the shape [{}]", fmt::join(from, ", "), fmt::join(to, ", ")),
           "read the model with the batch that its file fixes");
  }

  void follow_batch(Node& node) {
    follow_batch_of_target(node);
    follow_batch_of_rows(node);
  }

  void replace_integers(Node& node, std::size_t input, Shape shape, const std::vector<std::int64_t>& integers) {
    node.inputs[input] =
        add_integers(graph_, fmt::format("{}:batch_{}", node.name, rebatch_->to), std::move(shape), integers);
  }

  /// Puts `value` beside other tensors that are no constants, each sample by itself.
  bool joins_samples(const Node& node, ValueId value) const {
    return node.type == "Concat" && node.attribute<std::int64_t>("axis", 0) > 0 &&
           std::ranges::any_of(node.inputs, [&](ValueId input) { return input != value && !constant_of(input); });
  }

  /// Whether all that read it do, and some node does.
  bool is_joined_to_samples(ValueId value) const {
    bool read = false;
    for (const Node& node : graph_.nodes) {
      if (std::ranges::find(node.inputs, value) == node.inputs.end()) continue;
      if (!joins_samples(node, value)) return false;
      read = true;
    }
    return read && std::ranges::find(graph_.outputs, value) == graph_.outputs.end();
  }

  /// One row of a table for each sample of the batch that the file fixes: a class token.
  void follow_batch_of_rows(Node& node) {
    if (node.type != "Gather" || node.inputs.size() != 2 || node.attribute<std::int64_t>("axis", 0) != 0) return;
    const Constant* indices = constant_of(node.inputs[1]);
    if (!indices || !constant_of(node.inputs[0]) || indices->shape.empty() || indices->shape[0] != rebatch_->from)
      return;
    const auto rows = small_integers(*indices);
    const bool alike = rows && !rows->empty() && std::ranges::count(*rows, rows->front()) == std::ssize(*rows);
    if (!alike || !is_joined_to_samples(node.outputs.at(0))) return;
    Shape shape = indices->shape;
    shape[0] = rebatch_->to;
    replace_integers(node, 1, shape, std::vector(static_cast<std::size_t>(element_count(shape)), rows->front()));
  }

  /// A target like [1, 2048] was meant for the batch that the file fixes.
  void follow_batch_of_target(Node& node) {
    if (node.type != "Reshape" || node.inputs.size() < 2) return;
    const Constant* constant = constant_of(node.inputs[1]);
    const Shape& data = graph_.values[node.inputs[0]].shape;
    auto target = constant ? small_integers(*constant) : std::nullopt;
    if (constant_of(node.inputs[0]) || !target || target->empty() || target->front() != rebatch_->from ||
        data.empty() || data.front() != rebatch_->to)
      return;
    target->front() = rebatch_->to;
    replace_integers(node, 1, {std::ssize(*target)}, *target);
  }

  /// Before operator set 7 the second operand was aligned at an axis; since then at the last one.
  void spread_operand(Node& node) {
    const bool by_axis = node.attribute<std::int64_t>("broadcast", 0) != 0 && node.has("axis");
    if ((!by_axis && node.type != "PRelu") || node.inputs.size() != 2) return;
    const std::size_t rank = graph_.values[node.inputs[0]].shape.size();
    const Value operand = graph_.values[node.inputs[1]];
    const std::int64_t axis = node.type == "PRelu" ? 1 : node.attribute<std::int64_t>("axis", 0);
    const std::size_t first = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
    if (element_count(operand.shape) == 1 || first + operand.shape.size() >= rank) return;
    const Constant* constant = constant_of(node.inputs[1]);
    if (!constant)
      fail(node, "aligns its second operand as operator sets before 7 did", "convert it to set 7 or newer");
    Value spread{.name = fmt::format("{}:spread", node.name), .type = operand.type, .shape = operand.shape};
    spread.shape.resize(rank - first, 1);
    Constant content = *constant;
    content.shape = spread.shape;
    if (auto* tensor = std::get_if<Tensor>(&content.content)) tensor->shape = spread.shape;
    node.inputs[1] = graph_.values.push_back(spread);
    graph_.constants.emplace(node.inputs[1], std::move(content));
  }

  Graph& graph_;
  const std::string& file_;
  const std::optional<Rebatch>& rebatch_;
  std::map<ValueId, Constant> known_;
};

}  // namespace

std::map<ValueId, Constant> propagate(Graph& graph, const std::string& file, const std::optional<Rebatch>& rebatch) {
  return Propagation(graph, file, rebatch).run();
}

void infer_shapes(Graph& graph, const std::string& file) { propagate(graph, file); }

}  // namespace cleave
