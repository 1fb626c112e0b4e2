/// Whole networks: the cpu backend against the reference, on random weights and inputs.

#include "runtime/random_inputs.hpp"
#include "runtime/reference/array.hpp"

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace cleave {
namespace {

using Values = std::map<ValueId, Tensor>;

std::map<ValueId, NodeId> producers_of(const Graph& graph) {
  std::map<ValueId, NodeId> producers;
  for (const NodeId node : graph.nodes.ids()) {
    for (const ValueId output : graph.nodes[node].outputs) producers.emplace(output, node);
  }
  return producers;
}

/// The first output of the network, before its final Softmax: with random weights that is one 1 and many 0, and
/// hides every error.
ValueId comparison_point(const Graph& graph) {
  static const std::set<std::string> harmless = {"Softmax", "Reshape", "Flatten", "Squeeze", "Identity", "Dropout"};
  const std::map<ValueId, NodeId> producers = producers_of(graph);
  ValueId at = graph.outputs[0];
  ValueId before_softmax = at;
  while (producers.contains(at) && harmless.contains(graph.nodes[producers.at(at)].type)) {
    const Node& node = graph.nodes[producers.at(at)];
    at = node.inputs[0];
    if (node.type == "Softmax") before_softmax = at;
  }
  return before_softmax;
}

std::set<NodeId> needed_for(const Graph& graph, ValueId value) {
  const std::map<ValueId, NodeId> producers = producers_of(graph);
  std::set<NodeId> needed;
  std::vector<ValueId> open = {value};
  while (!open.empty()) {
    const auto producer = producers.find(open.back());
    open.pop_back();
    if (producer == producers.end() || !needed.insert(producer->second).second) continue;
    const Node& node = graph.nodes[producer->second];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return needed;
}

/// The operators that `value` needs, as the network merges them.
StageSpec stage_for(const Network& network, ValueId value) {
  StageSpec spec{network.graph, {}, network.graph->inputs, {value}};
  const std::set<NodeId> needed = needed_for(*network.graph, value);
  for (const Operator& op : network.operators) {
    std::vector<NodeId> nodes;
    std::ranges::copy_if(op.nodes, std::back_inserter(nodes), [&](NodeId node) { return needed.contains(node); });
    if (!nodes.empty()) spec.operators.push_back(nodes);
  }
  return spec;
}

/// Rows of the tables that `indices` looks things up in; 2 for what is no index (masks, segments).
std::int64_t table_rows(const Graph& graph, ValueId indices) {
  std::int64_t rows = 0;
  for (const Node& node : graph.nodes) {
    if (node.type != "Gather" || node.inputs[1] != indices) continue;
    const std::int64_t own = graph.values[node.inputs[0]].shape[0];
    rows = rows == 0 ? own : std::min(rows, own);
  }
  return rows == 0 ? 2 : rows;
}

Tensor random_input(const Graph& graph, ValueId id, std::mt19937& random) {
  reference::Array array = reference::zeros(graph.values[id].shape);
  const bool floating = graph.values[id].type == DataType::float32;
  const auto rows = floating ? 0 : table_rows(graph, id);
  for (double& x : array.data) {
    const double unit = static_cast<double>(random()) / 4294967296.0;
    x = floating ? 2 * unit - 1 : std::floor(unit * static_cast<double>(rows));
  }
  return reference::to_tensor(array, graph.values[id].type);
}

Values drawn_inputs(const Graph& graph) {
  std::mt19937 random(1);
  Values values;
  for (const ValueId id : graph.inputs) values.emplace(id, random_input(graph, id, random));
  return values;
}

/// Runs a stage on `values` and adds what it delivers.
void run(Backend& backend, const StageSpec& spec, Values& values) {
  backend.prepare(spec);
  std::vector<Tensor> results;
  for (const ValueId id : spec.outputs) results.emplace_back(spec.graph->values[id].type, spec.graph->values[id].shape);
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
  for (const ValueId id : spec.inputs) inputs.push_back(&values.at(id));
  for (Tensor& tensor : results) outputs.push_back(&tensor);
  backend.run(inputs, outputs);
  for (std::size_t i = 0; i < results.size(); ++i) values.insert_or_assign(spec.outputs[i], std::move(results[i]));
}

std::vector<double> result_of(Backend& backend, const StageSpec& spec) {
  Values values = drawn_inputs(*spec.graph);
  run(backend, spec, values);
  return reference::to_array(values.at(spec.outputs[0])).data;
}

double relative_l2(const std::vector<double>& actual, const std::vector<double>& expected) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  return std::sqrt(error / size);
}

std::string unsupported_node(const Backend& backend, const Network& network) {
  for (const Node& node : network.graph->nodes) {
    const std::string reason = backend.unsupported(*network.graph, node);
    if (!reason.empty()) return node.name + ": " + node.type + ": " + reason;
  }
  return "";
}

struct Model {
  std::string name;  ///< `zoo:NAME` or the name of a light ONNX file
  std::int64_t batch = 1;
};

std::ostream& operator<<(std::ostream& out, const Model& model) { return out << model.name << " x " << model.batch; }

/// Nothing when the file is not there.
std::optional<Network> read(const Model& model) {
  if (model.name.starts_with("zoo:")) return read_network(model.name, {.batch = model.batch});
  const std::filesystem::path file =
      std::filesystem::path(CLEAVE_SOURCE_DIR) / "../shared/workloads/onnx-light" / (model.name + ".onnx");
  if (!std::filesystem::exists(file)) return std::nullopt;
  return with_seeded_weights(read_network(file.string(), {.batch = model.batch}), 1);
}

struct Networks : testing::TestWithParam<Model> {};

TEST_P(Networks, TheCpuComputesWhatTheReferenceComputes) {
  const std::optional<Network> network = read(GetParam());
  if (!network) GTEST_SKIP() << GetParam().name << " is not there";
  const auto cpu = make_cpu_backend();
  const auto reference = make_reference_backend();
  ASSERT_EQ(unsupported_node(*reference, *network), "");
  ASSERT_EQ(unsupported_node(*cpu, *network), "");
  const StageSpec spec = stage_for(*network, comparison_point(*network->graph));
  const std::vector<double> expected = result_of(*reference, spec);
  const std::vector<double> actual = result_of(*cpu, spec);
  const auto [low, high] = std::ranges::minmax(expected);
  ASSERT_GT(high - low, 1e-3 * std::abs(high)) << "all outputs are alike: they tell nothing";
  const double error = relative_l2(actual, expected);
  std::cout << fmt::format("relative L2 error {:.1e}\n", error);
  EXPECT_LT(error, 1e-5);  // measured: up to 2.2e-6
  EXPECT_EQ(std::ranges::max_element(actual) - actual.begin(), std::ranges::max_element(expected) - expected.begin());
}

/// What the int8 engine has to know: seen on other inputs than those of the tests.
Ranges ranges_of(const Network& network) {
  const std::vector<std::vector<Tensor>> inputs{random_inputs(*network.graph, 5), random_inputs(*network.graph, 6)};
  return observe_ranges(network, inputs);
}

struct Precisions : testing::TestWithParam<Model> {};

TEST_P(Precisions, AreNear) {
  const std::optional<Network> network = read(GetParam());
  if (!network) GTEST_SKIP() << GetParam().name << " is not there";
  const StageSpec spec = stage_for(*network, comparison_point(*network->graph));
  const std::vector<double> expected = result_of(*make_cpu_backend(), spec);
  if (cpu_computes(Precision::bf16)) {
    const double error = relative_l2(result_of(*make_cpu_bf16_backend(), spec), expected);
    std::cout << fmt::format("bf16: relative L2 error {:.1e}\n", error);
    EXPECT_LT(error, 0.01);
    EXPECT_GT(error, 1e-5) << "computed in fp32";
  }
  if (cpu_computes(Precision::int8)) {
    const double error = relative_l2(result_of(*make_cpu_int8_backend(ranges_of(*network)), spec), expected);
    std::cout << fmt::format("int8: relative L2 error {:.1e}\n", error);
    EXPECT_LT(error, 0.1);
    EXPECT_GT(error, 1e-4) << "computed in fp32";
  }
}

/// The engines that this machine has.
std::vector<std::function<std::unique_ptr<Backend>()>> cpu_engines(const Network& network) {
  std::vector<std::function<std::unique_ptr<Backend>()>> engines{make_cpu_backend};
  if (cpu_computes(Precision::bf16)) engines.emplace_back(make_cpu_bf16_backend);
  if (cpu_computes(Precision::int8))
    engines.emplace_back([ranges = ranges_of(network)] { return make_cpu_int8_backend(ranges); });
  return engines;
}

/// In two stages the network computes the same bits as in one; `hand_over` says how values lie between the two.
void expect_same_bits(const Network& network,
                      const std::function<void(StageSpec& first, StageSpec& second)>& hand_over) {
  std::vector<OpId> all;
  for (const OpId op : network.operators.ids()) all.push_back(op);
  const std::span<const OpId> operators = all;
  const std::size_t half = all.size() / 2;
  StageSpec first = make_stage_spec(network, operators.first(half));
  StageSpec second = make_stage_spec(network, operators.subspan(half));
  hand_over(first, second);
  for (const auto& make : cpu_engines(network)) {
    Values whole = drawn_inputs(*network.graph);
    Values cut = whole;
    run(*make(), make_stage_spec(network, operators), whole);
    run(*make(), first, cut);
    run(*make(), second, cut);
    for (const ValueId output : network.graph->outputs) EXPECT_EQ(cut.at(output), whole.at(output));
  }
}

TEST_P(Precisions, CutInTwoTheyComputeTheSameBits) {
  const std::optional<Network> network = read(GetParam());
  if (!network) GTEST_SKIP() << GetParam().name << " is not there";
  expect_same_bits(*network, [](StageSpec&, StageSpec&) {});
}

TEST_P(Precisions, CutInTwoWithChannelsLastBetweenThem) {
  const std::optional<Network> network = read(GetParam());
  if (!network) GTEST_SKIP() << GetParam().name << " is not there";
  expect_same_bits(*network, [&](StageSpec& first, StageSpec& second) {
    for (const ValueId value : second.inputs)
      if (std::ranges::count(first.outputs, value) > 0 && std::ranges::count(network->graph->outputs, value) == 0)
        first.channels_last.insert(value);
    second.channels_last = first.channels_last;
  });
}

TEST(ChannelsLast, IsWhatConvolutionsLikeBetweenStages) {
  const Network network = read_network("zoo:squeezenet");
  const Graph& graph = *network.graph;
  const auto engine = make_cpu_backend();
  for (const Node& node : graph.nodes) {
    const bool in_channels = node.type == "Conv" || node.type == "Concat" || node.type == "MaxPool";
    if (!in_channels && node.type != "Softmax") continue;
    EXPECT_EQ(engine->prefers_channels_last(graph, node.outputs[0]), in_channels) << node.name;
  }
  EXPECT_FALSE(engine->prefers_channels_last(graph, graph.inputs[0]));
  EXPECT_FALSE(make_reference_backend()->prefers_channels_last(graph, graph.nodes[NodeId(0)].outputs[0]));
}

std::string test_name(const testing::TestParamInfo<Model>& info) {
  std::string name = fmt::format("{}_batch_{}", info.param.name, info.param.batch);
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Small, Networks,
                         testing::Values(Model{"zoo:squeezenet", 2}, Model{"zoo:mobilenetv2", 1},
                                         Model{"zoo:resnet18", 2}, Model{"zoo:vgg8", 3}, Model{"light_squeezenet", 1},
                                         Model{"light_shufflenet", 2}),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Small, Precisions,
                         testing::Values(Model{"zoo:squeezenet", 2}, Model{"zoo:mobilenetv2", 1},
                                         Model{"light_squeezenet", 1}, Model{"light_shufflenet", 2}),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Slow, Precisions,
                         testing::Values(Model{"zoo:resnet18", 2}, Model{"zoo:vgg8", 3}, Model{"zoo:resnet50"},
                                         Model{"zoo:inceptionv3", 2}, Model{"zoo:bert-base", 2}, Model{"zoo:vit-b16"},
                                         Model{"zoo:gpt2-small"}, Model{"light_resnet50"}, Model{"light_inception_v1"},
                                         Model{"light_vgg19"}),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Slow, Networks,
                         testing::Values(Model{"zoo:resnet50"}, Model{"zoo:resnet152"}, Model{"zoo:vgg16"},
                                         Model{"zoo:inceptionv3", 2}, Model{"zoo:bert-base", 2}, Model{"zoo:vit-b16"},
                                         Model{"zoo:gpt2-small"}, Model{"light_resnet50", 2},
                                         Model{"light_inception_v1"}, Model{"light_vgg19"}),
                         test_name);

}  // namespace
}  // namespace cleave
