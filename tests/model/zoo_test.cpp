#include "model/sources.hpp"
#include "model/zoo/graph_builder.hpp"
#include "model/zoo/topologies.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace cleave {
namespace {

using testing::HasSubstr;

/// What a published description of the network says.
struct Published {
  std::string name;
  std::int64_t parameters = 0;  ///< trainable
  std::int64_t macs = 0;        ///< of convolutions and matrix products, batch 1
};

/// Trainable elements: seeded floats less the running statistics of batch norms.
std::int64_t trainable_parameters(const Graph& graph) {
  std::set<ValueId> measured;
  for (const Node& node : graph.nodes)
    if (node.type == "BatchNormalization") measured.insert({node.inputs[3], node.inputs[4]});
  std::int64_t sum = 0;
  for (const auto& [id, constant] : graph.constants)
    if (std::holds_alternative<SeededWeights>(constant.content) && !measured.contains(id))
      sum += element_count(constant.shape);
  return sum;
}

/// Products summed over: per output element the elements of one filter, or of one row.
std::int64_t macs(const Graph& graph, const Node& node) {
  const auto shape = [&](std::size_t input) -> const Shape& { return graph.values[node.inputs[input]].shape; };
  const std::int64_t out = node.outputs.empty() ? 0 : element_count(graph.values[node.outputs[0]].shape);
  if (node.type == "Conv") return out * shape(1)[1] * shape(1)[2] * shape(1)[3];
  if (node.type == "Gemm" || node.type == "MatMul") return out * shape(0).back();
  return 0;
}
std::int64_t macs(const Graph& graph) {
  return std::accumulate(graph.nodes.begin(), graph.nodes.end(), std::int64_t{0},
                         [&](std::int64_t sum, const Node& node) { return sum + macs(graph, node); });
}

class Zoo : public testing::TestWithParam<Published> {};

TEST_P(Zoo, HasThePublishedParametersAndMacs) {
  const Graph graph = zoo_graph(GetParam().name, 1);
  EXPECT_EQ(trainable_parameters(graph), GetParam().parameters);
  EXPECT_EQ(macs(graph), GetParam().macs);
  EXPECT_EQ(graph.name, GetParam().name);
}

TEST_P(Zoo, EveryOutputGrowsWithTheBatchAndWeightsDoNot) {
  const Graph one = zoo_graph(GetParam().name, 1);
  const Graph three = zoo_graph(GetParam().name, 3);
  EXPECT_EQ(macs(three), 3 * macs(one));
  EXPECT_EQ(trainable_parameters(three), trainable_parameters(one));
  ASSERT_EQ(one.nodes.size(), three.nodes.size());
  for (std::size_t i = 0; i < one.outputs.size(); ++i) {
    Shape grown = one.values[one.outputs[i]].shape;
    grown[0] *= 3;
    EXPECT_EQ(three.values[three.outputs[i]].shape, grown);
  }
}

TEST_P(Zoo, IsInTopologicalOrderWithUniqueNames) {
  const Graph graph = zoo_graph(GetParam().name, 1);
  std::set<ValueId> known(graph.inputs.begin(), graph.inputs.end());
  std::set<std::string> values, nodes;
  for (const auto& [id, constant] : graph.constants) {
    known.insert(id);
    EXPECT_EQ(constant.shape, graph.values[id].shape) << graph.values[id].name;
  }
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) EXPECT_TRUE(known.contains(input)) << node.name;
    known.insert(node.outputs.begin(), node.outputs.end());
    EXPECT_TRUE(nodes.insert(node.name).second) << node.name;
  }
  EXPECT_EQ(known.size(), graph.values.size());
  for (const Value& value : graph.values) EXPECT_TRUE(values.insert(value.name).second) << value.name;
}

TEST_P(Zoo, WeightsAreSeededByTheirNamesAndVariancesStayPositive) {
  const Graph graph = zoo_graph(GetParam().name, 1);
  std::set<std::uint64_t> seeds;
  for (const auto& [id, constant] : graph.constants)
    if (const auto* seeded = std::get_if<SeededWeights>(&constant.content)) {
      EXPECT_TRUE(seeds.insert(seeded->seed).second) << graph.values[id].name;
      EXPECT_GT(seeded->stddev, 0) << graph.values[id].name;
    }
  for (const Node& node : graph.nodes)
    if (node.type == "BatchNormalization") {
      const auto& variance = std::get<SeededWeights>(graph.constants.at(node.inputs[4]).content);
      EXPECT_GT(variance.mean - std::sqrt(3.0) * variance.stddev, 0) << node.name;
    }
}

// Parameters: torchvision's model pages (inception_v3 there counts 3,326,696 of the auxiliary head,
// which inference does not have: 27,161,264 - 3,326,696), Hugging Face's model cards for the last two.
// MACs: torchvision publishes 1.814, 4.089, 11.514, 15.470, 0.301, 5.713, 0.819 and 17.564 GMAC; the
// numbers here are those before rounding. vit-b16: patches 196*768*768, per layer 197*768*(12*768) in
// products with weights and 2*197*197*768 in attention, head 768*1000. bert-base at 128 tokens: per
// layer 128*768*(12*768) + 2*128*128*768, pooler 768*768. gpt2-small at 64 tokens: per layer
// 64*768*(12*768) + 2*64*64*768, head 64*768*50257. vgg8: summed by hand from its layers.
const std::vector<Published> kPublished = {
    {"resnet18", 11689512, 1814073344},    {"resnet50", 25557032, 4089184256},   {"resnet152", 60192808, 11513626624},
    {"vgg8", 12973440, 615917568},         {"vgg16", 138357544, 15470264320},    {"mobilenetv2", 3504872, 300774272},
    {"inceptionv3", 23834568, 5713216096}, {"squeezenet", 1248424, 818924576},   {"bert-base", 109482240, 11174215680},
    {"vit-b16", 86567656, 17563828224},    {"gpt2-small", 124439808, 7981547520}};

INSTANTIATE_TEST_SUITE_P(Published, Zoo, testing::ValuesIn(kPublished), [](const auto& tested) {
  std::string name = tested.param.name;
  std::erase(name, '-');
  return name;
});

TEST(ZooNames, AreAllTestedHereAndUnknownOnesNameTheNearest) {
  std::vector<std::string> tested;
  for (const Published& network : kPublished) tested.push_back(network.name);
  EXPECT_THAT(tested, testing::UnorderedElementsAreArray(zoo_names()));
  try {
    (void)zoo_graph("resnet51", 1);
    FAIL() << "found a network that is not there";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("zoo:resnet50"));
  }
  EXPECT_THROW((void)zoo_graph("resnet18", 0), UsageError);
}

/// The ONNX library's inference (zoo_graph) against the shapes that the builder computed.
TEST(ZooShapes, AsBuiltEqualThoseInferred) {
  const auto same = [](const Graph& built, const Graph& inferred) {
    ASSERT_EQ(built.values.size(), inferred.values.size());
    for (const ValueId id : built.values.ids()) {
      EXPECT_EQ(built.values[id].shape, inferred.values[id].shape) << built.values[id].name;
      EXPECT_EQ(built.values[id].type, inferred.values[id].type) << built.values[id].name;
    }
  };
  same(zoo::inceptionv3(2), zoo_graph("inceptionv3", 2));
  same(zoo::squeezenet(2), zoo_graph("squeezenet", 2));
  same(zoo::mobilenetv2(1), zoo_graph("mobilenetv2", 1));
  same(zoo::bert_base(2), zoo_graph("bert-base", 2));
  same(zoo::vit_b16(2), zoo_graph("vit-b16", 2));
  same(zoo::gpt2_small(2), zoo_graph("gpt2-small", 2));
}

TEST(ZooGpt2, HeadAndEmbeddingShareOneTable) {
  const Graph graph = zoo_graph("gpt2-small", 1);
  const Node& head =
      *std::find_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& n) { return n.name == "lm_head"; });
  EXPECT_EQ(graph.nodes[NodeId(0)].type, "Gather");
  EXPECT_EQ(graph.nodes[NodeId(0)].inputs[0], head.inputs[1]);
}

TEST(ZooGpt2, MaskHidesTheFutureAlone) {
  const Graph graph = zoo_graph("gpt2-small", 1);
  const auto mask = std::find_if(graph.constants.begin(), graph.constants.end(),
                                 [&](const auto& entry) { return graph.values[entry.first].name == "causal_mask"; });
  const Tensor& scores = std::get<Tensor>(mask->second.content);
  for (std::size_t row = 0; row < 64; ++row)
    for (std::size_t column = 0; column < 64; ++column)
      EXPECT_EQ(scores.as<float>()[row * 64 + column] == 0, column <= row) << row << " " << column;
}

}  // namespace
}  // namespace cleave
