#pragma once
/// Networks that add up integers, and an engine for them: what a pipeline must compute is easy to say.

#include <cleave/runtime.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace cleave {

/// A network of integer scalars whose operator i adds up what it reads and i: `reads[i]` lists the
/// operators that it reads, -1 being the input of the network.
inline Network sums(const std::vector<std::vector<int>>& reads, const std::set<std::size_t>& results) {
  auto graph = std::make_shared<Graph>();
  const Value scalar{.name = "", .type = DataType::int64, .shape = {}};
  const ValueId input = graph->values.push_back(scalar);
  graph->inputs = {input};
  Network network;
  network.name = "sums";
  const auto value_of = [](int op) { return ValueId(static_cast<std::size_t>(op + 1)); };
  for (std::size_t i = 0; i < reads.size(); ++i) {
    Node node{
        .name = fmt::format("op{}", i), .type = "Sum", .domain = "", .inputs = {}, .outputs = {}, .attributes = {}};
    for (const int op : reads[i]) node.inputs.push_back(value_of(op));
    node.outputs = {graph->values.push_back(scalar)};
    if (results.contains(i)) graph->outputs.push_back(node.outputs[0]);
    const NodeId id = graph->nodes.push_back(node);
    Operator op;
    op.name = node.name;
    op.nodes = {id};
    network.operators.push_back(op);
  }
  network.graph = graph;
  return network;
}

inline Plan plan_of(const std::vector<std::pair<std::vector<std::size_t>, int>>& stages) {
  Plan plan;
  for (const auto& [ops, replicas] : stages) {
    Stage stage{.mode = ModeId(plan.stages.size()), .replicas = replicas, .operators = {}};
    for (const std::size_t op : ops) stage.operators.push_back(OpId(op));
    plan.stages.push_back(stage);
  }
  return plan;
}

/// What the fake engine may be told to do besides adding.
struct Behaviour {
  std::function<void(const StageSpec&, std::int64_t input)> on_run = {};
  std::function<void(const StageSpec&)> on_prepare = {};
  std::string cannot = {};  ///< name of a node that it refuses
  std::function<bool(ValueId)> prefers_channels_last = {};
};

/// Adds integers; node i of the graph adds i.
class Adder : public Backend {
 public:
  explicit Adder(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}

  std::string unsupported(const Graph&, const Node& node) const override {
    return node.name == behaviour_.cannot ? "it has no adder" : "";
  }

  bool prefers_channels_last(const Graph&, ValueId value) const override {
    return behaviour_.prefers_channels_last && behaviour_.prefers_channels_last(value);
  }

  void prepare(const StageSpec& stage) override {
    if (behaviour_.on_prepare) behaviour_.on_prepare(stage);
    stage_ = stage;
    thread_ = std::this_thread::get_id();
  }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    EXPECT_EQ(thread_, std::this_thread::get_id());
    std::map<ValueId, std::int64_t> values;
    for (std::size_t i = 0; i < inputs.size(); ++i) values[stage_.inputs[i]] = inputs[i]->as<std::int64_t>()[0];
    if (behaviour_.on_run) behaviour_.on_run(stage_, inputs.empty() ? 0 : inputs[0]->as<std::int64_t>()[0]);
    for (const auto& nodes : stage_.operators) {
      for (const NodeId id : nodes) {
        const Node& node = stage_.graph->nodes[id];
        auto sum = static_cast<std::int64_t>(id.at());
        for (const ValueId value : node.inputs) sum += values.at(value);
        values[node.outputs[0]] = sum;
      }
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i]->as<std::int64_t>()[0] = values.at(stage_.outputs[i]);
  }

 private:
  Behaviour behaviour_;
  StageSpec stage_;
  std::thread::id thread_;
};

inline BackendFactory adders(const Behaviour& behaviour = {}) {
  return [behaviour](ModeId) { return std::make_unique<Adder>(behaviour); };
}

inline std::vector<std::vector<Tensor>> numbered_inputs(std::size_t count) {
  std::vector<std::vector<Tensor>> inputs(count);
  for (std::size_t i = 0; i < count; ++i) {
    inputs[i].emplace_back(DataType::int64, Shape{});
    inputs[i][0].as<std::int64_t>()[0] = static_cast<std::int64_t>(1000 * i);
  }
  return inputs;
}

/// What the whole network makes of `input`, result by result.
inline std::vector<std::int64_t> expected(const Network& network, std::int64_t input) {
  std::vector<std::int64_t> values(network.graph->values.size());
  values[0] = input;
  for (const NodeId id : network.graph->nodes.ids()) {
    const Node& node = network.graph->nodes[id];
    auto& sum = values[node.outputs[0].at()];
    sum = static_cast<std::int64_t>(id.at());
    for (const ValueId value : node.inputs) sum += values[value.at()];
  }
  std::vector<std::int64_t> results;
  for (const ValueId value : network.graph->outputs) results.push_back(values[value.at()]);
  return results;
}

inline RunReport run_and_compare(const Network& network, const Plan& plan, const RunOptions& options,
                                 const BackendFactory& factory = adders()) {
  const auto inputs = numbered_inputs(7);
  Executor executor(network, plan, factory, options);
  std::size_t next = 0;
  RunReport report = executor.run(inputs, [&](std::size_t index, std::span<const Tensor> outputs) {
    EXPECT_EQ(index, next++);
    const auto wanted = expected(network, static_cast<std::int64_t>(1000 * (index % inputs.size())));
    ASSERT_EQ(outputs.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(outputs[i].as<std::int64_t>()[0], wanted[i]);
  });
  EXPECT_EQ(next, options.batches);
  return report;
}

/// A chain of five with a skip connection over the whole of it and two results.
inline Network chain() { return sums({{-1}, {0}, {1}, {2}, {3, 0, -1}}, {1, 4}); }

}  // namespace cleave
