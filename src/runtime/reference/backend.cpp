/// The oracle: each node alone, in double, its results rounded to their types. So a network computes the same bits
/// however it is cut into stages.

#include "runtime/reference/operator.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <fmt/core.h>

#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

using reference::Array;
using reference::Call;
using reference::NodeView;
using reference::Operator;
using reference::Refusal;

/// Throws Refusal.
const Operator& checked_operator(const NodeView& view) {
  const Node& node = view.node;
  reference::require(node.domain.empty() || node.domain == "ai.onnx", fmt::format("domain {} is unknown", node.domain));
  const Operator* row = reference::find_operator(node.type);
  reference::require(row != nullptr, fmt::format("operator {} is unknown", node.type));
  reference::require(row->inputs_min <= node.inputs.size() && node.inputs.size() <= row->inputs_max,
                     fmt::format("{} inputs are too few or too many", node.inputs.size()));
  const bool all_needed = row->inputs_max == reference::any_number;
  for (std::size_t i = 0; i < (all_needed ? node.inputs.size() : row->inputs_min); ++i) {
    reference::require(view.has_input(i), fmt::format("input {} is missing", i));
  }
  reference::require(!node.outputs.empty() && node.outputs[0].valid(), "it has no output");
  for (std::size_t i = row->outputs_max; i < node.outputs.size(); ++i) {
    reference::require(!node.outputs[i].valid(), fmt::format("output {} is not implemented", i));
  }
  row->check(view);
  return *row;
}

class ReferenceBackend final : public Backend {
 public:
  std::string unsupported(const Graph& graph, const Node& node) const override {
    try {
      (void)checked_operator({graph, node});
      return "";
    } catch (const Refusal& refusal) {
      return refusal.what();
    }
  }

  void prepare(const StageSpec& stage) override {
    stage_ = stage;
    constants_.clear();
    std::set<ValueId> known(stage.inputs.begin(), stage.inputs.end());
    for (const auto& nodes : stage.operators) {
      for (const NodeId node : nodes) prepare_node(graph().nodes[node], known);
    }
    for (const ValueId output : stage.outputs) prepare_value(output, "the stage", known);
  }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    Values values;
    if (inputs.size() != stage_.inputs.size() || outputs.size() != stage_.outputs.size()) {
      fail("the stage", "got another number of tensors than it has inputs and outputs");
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      require_fit(stage_.inputs[i], *inputs[i]);
      values.insert_or_assign(stage_.inputs[i], *inputs[i]);
    }
    for (const auto& nodes : stage_.operators) {
      for (const NodeId node : nodes) compute(graph().nodes[node], values);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      require_fit(stage_.outputs[i], *outputs[i]);
      outputs[i]->bytes = value(stage_.outputs[i], values).bytes;
    }
  }

 private:
  using Values = std::map<ValueId, Tensor>;

  const Graph& graph() const { return *stage_.graph; }

  [[noreturn]] void fail(const std::string& place, const std::string& problem) const {
    throw InputError(graph().name, place, problem, "run it on a backend or with inputs that fit");
  }

  void prepare_node(const Node& node, std::set<ValueId>& known) {
    const std::string reason = unsupported(graph(), node);
    if (!reason.empty())
      fail(node.name, fmt::format("{} is not supported by the reference backend: {}", node.type, reason));
    for (const ValueId input : node.inputs) {
      if (input.valid()) prepare_value(input, node.name, known);
    }
    for (const ValueId output : node.outputs) {
      if (output.valid()) known.insert(output);
    }
  }

  void prepare_value(ValueId id, const std::string& reader, const std::set<ValueId>& known) {
    if (known.contains(id) || constants_.contains(id)) return;
    const auto constant = graph().constants.find(id);
    if (constant == graph().constants.end()) fail(reader, fmt::format("{} is not there yet", graph().values[id].name));
    constants_.emplace(id, materialize(constant->second));
  }

  void require_fit(ValueId id, const Tensor& tensor) const {
    const Value& expected = graph().values[id];
    if (tensor.type != expected.type || tensor.shape != expected.shape) {
      fail(expected.name, "the tensor has another type or shape");
    }
  }

  const Tensor& value(ValueId id, const Values& values) const {
    const auto found = values.find(id);
    return found != values.end() ? found->second : constants_.at(id);
  }

  void compute(const Node& node, Values& values) const {
    try {
      store(node, results_of(node, values), values);
    } catch (const Refusal& refusal) {
      fail(node.name, refusal.what());
    }
  }

  std::vector<Array> results_of(const Node& node, const Values& values) const {
    std::vector<Array> arrays;
    arrays.reserve(node.inputs.size());
    Call call{{graph(), node}, {}};
    for (const ValueId input : node.inputs) {
      if (input.valid()) arrays.push_back(reference::to_array(value(input, values)));
      call.inputs.push_back(input.valid() ? &arrays.back() : nullptr);
    }
    return reference::find_operator(node.type)->compute(call);
  }

  void store(const Node& node, const std::vector<Array>& results, Values& values) const {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (!node.outputs[i].valid()) continue;
      const Value& expected = graph().values[node.outputs[i]];
      reference::require(results[i].shape == expected.shape, "its result has another shape than the graph says");
      values.insert_or_assign(node.outputs[i], reference::to_tensor(results[i], expected.type));
    }
  }

  StageSpec stage_;
  std::map<ValueId, Tensor> constants_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend() { return std::make_unique<ReferenceBackend>(); }

}  // namespace cleave
