#include "model/merge_rules.hpp"
#include "model/model_builder.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace cleave {
namespace {

using testing::ElementsAre;

/// Types of the nodes of each operator, "Conv Relu", in order.
std::vector<std::string> operators_of(const ModelBuilder& model) {
  const Network network = make_network(std::make_shared<const Graph>(model.read()), 1);
  std::vector<std::string> texts;
  for (const Operator& op : network.operators) {
    std::string text;
    for (const NodeId n : op.nodes) text += (text.empty() ? "" : " ") + network.graph->nodes[n].type;
    texts.push_back(text);
  }
  return texts;
}

TEST(Merge, ResidualBlockAddsInPlaceOfTheLastProduct) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).conv("x", "short", 4, 4).conv("x", "a", 4, 4);
  model.node("Relu", {"a"}, "b");
  model.conv("b", "c", 4, 4);
  model.node("Add", {"c", "short"}, "d");
  model.node("Relu", {"d"}, "e");
  model.output("e");
  EXPECT_THAT(operators_of(model), ElementsAre("Conv", "Conv Relu", "Conv Add Relu"));
}

TEST(Merge, SharedResultsStayVisible) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).conv("x", "a", 4, 4);
  model.node("Relu", {"a"}, "b");
  model.node("MaxPool", {"a"}, "p");
  ModelBuilder::set_integers(*model.graph().mutable_node()->rbegin(), "kernel_shape", {1, 1});
  model.node("Add", {"b", "p"}, "y");
  model.output("y");
  EXPECT_THAT(operators_of(model), ElementsAre("Conv", "MaxPool", "Relu Add"));
}

TEST(Merge, AnOutputInTheMiddleIsNotSwallowed) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).conv("x", "a", 4, 4);
  model.node("Relu", {"a"}, "y");
  model.output("a").output("y");
  EXPECT_THAT(operators_of(model), ElementsAre("Conv", "Relu"));
}

TEST(Merge, GatesOfOneValueJoinItsProducer) {
  ModelBuilder swish;
  swish.input("x", {1, 4, 8, 8}).conv("x", "a", 4, 4);
  swish.node("Sigmoid", {"a"}, "s");
  swish.node("Mul", {"a", "s"}, "y");
  swish.output("y");
  EXPECT_THAT(operators_of(swish), ElementsAre("Conv Sigmoid Mul"));

  ModelBuilder gelu;
  gelu.input("x", {1, 8}).weight("w", {8, 8}).weight("c", {1});
  gelu.node("MatMul", {"x", "w"}, "a");
  gelu.node("Div", {"a", "c"}, "b");
  gelu.node("Erf", {"b"}, "d");
  gelu.node("Add", {"d", "c"}, "e");
  gelu.node("Mul", {"a", "e"}, "f");
  gelu.node("Mul", {"f", "c"}, "y");
  gelu.output("y");
  EXPECT_THAT(operators_of(gelu), ElementsAre("MatMul Div Erf Add Mul Mul"));
}

TEST(Merge, ChannelGatesStayOnTheLargeSide) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).conv("x", "a", 4, 4);
  model.node("GlobalAveragePool", {"a"}, "p");
  model.conv("p", "q", 4, 4);
  model.node("Sigmoid", {"q"}, "s");
  model.node("Mul", {"a", "s"}, "y");
  model.output("y");
  EXPECT_THAT(operators_of(model), ElementsAre("Conv", "GlobalAveragePool", "Conv Sigmoid", "Mul"));
}

TEST(Merge, WrittenOutLayerNormIsOneNormalization) {
  ModelBuilder model;
  model.input("x", {1, 4, 8}).weight("w", {8}).weight("s", {1}).weight("m1", {8, 8});
  const auto mean = [&](const std::string& x, const std::string& y) {
    ModelBuilder::set_integers(model.node("ReduceMean", {x}, y), "axes", {-1});
  };
  model.node("MatMul", {"x", "m1"}, "before");
  mean("before", "m");
  model.node("Sub", {"before", "m"}, "d");
  model.node("Pow", {"d", "s"}, "p");
  mean("p", "v");
  model.node("Add", {"v", "s"}, "e");
  model.node("Sqrt", {"e"}, "r");
  model.node("Div", {"d", "r"}, "n");
  model.node("Mul", {"n", "w"}, "g");
  model.node("Add", {"g", "w"}, "h");
  model.node("MatMul", {"h", "m1"}, "y");
  model.output("y");
  const Network network = make_network(std::make_shared<const Graph>(model.read()), 1);
  ASSERT_EQ(network.operators.size(), 3U);
  EXPECT_EQ(network.operators[OpId(1)].kind, OpKind::normalization);
  EXPECT_EQ(network.operators[OpId(1)].nodes.size(), 9U);
}

TEST(Merge, DenselyConnectedPreActivationIsOneOperator) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).weight("w", {4}).weight("s", {4, 1, 1});
  model.node("BatchNormalization", {"x", "w", "w", "w", "w"}, "n");
  model.node("Mul", {"n", "s"}, "m");
  model.node("Add", {"m", "s"}, "a");
  model.node("Relu", {"a"}, "r");
  model.conv("r", "c", 4, 4);
  ModelBuilder::set_integer(model.node("Concat", {"x", "c"}, "y"), "axis", 1);
  model.output("y");
  EXPECT_THAT(operators_of(model), ElementsAre("BatchNormalization Mul Add Relu", "Conv", "Concat"));
}

TEST(Merge, AttentionScalesAndMasksWithItsProduct) {
  ModelBuilder model;
  model.input("q", {1, 2, 4, 8}).input("k", {1, 2, 8, 4}).input("mask", {1, 1, 1, 4}).weight("s", {1});
  model.node("MatMul", {"q", "k"}, "a");
  model.node("Div", {"a", "s"}, "b");
  model.node("Add", {"b", "mask"}, "c");
  ModelBuilder::set_integer(model.node("Softmax", {"c"}, "y"), "axis", -1);
  model.output("y");
  EXPECT_THAT(operators_of(model), ElementsAre("MatMul Div Add", "Softmax"));
}

TEST(Merge, ViewsTravelWithTheirNeighbours) {
  ModelBuilder model;
  model.input("x", {1, 8, 8, 4});
  ModelBuilder::set_integers(model.node("Transpose", {"x"}, "t"), "perm", {0, 3, 1, 2});
  model.conv("t", "a", 4, 4);
  model.node("Flatten", {"a"}, "f");
  model.weight("w", {256, 10}).node("MatMul", {"f", "w"}, "y");
  model.output("y");
  EXPECT_THAT(operators_of(model), ElementsAre("Transpose Conv Flatten", "MatMul"));
}

TEST(Work, CountsProductsAsTheHeaderSays) {
  ModelBuilder model;
  model.input("x", {2, 4, 8, 10});
  model.weight("w", {6, 2, 3, 1});
  auto& conv = model.node("Conv", {"x", "w"}, "c");
  ModelBuilder::set_integer(conv, "group", 2);
  ModelBuilder::set_integers(conv, "strides", {2, 1});
  model.weight("v", {10, 5}).node("MatMul", {"c", "v"}, "y");
  model.output("y");
  const Network network = make_network(std::make_shared<const Graph>(model.read(2)), 2);
  const Operator& op = network.operators[OpId(0)];
  EXPECT_EQ(op.gemm.m, 2 * 3 * 10);
  EXPECT_EQ(op.gemm.k, 3 * 1 * 2);
  EXPECT_EQ(op.gemm.n, 3);
  EXPECT_EQ(op.gemm.groups, 2);
  EXPECT_EQ(op.macs, 60 * 6 * 3 * 2);
  EXPECT_EQ(op.window.in_h, 8);
  EXPECT_EQ(op.window.stride_h, 2);
  EXPECT_EQ(op.window.out_w, 10);
  EXPECT_EQ(op.parameters, 36);
  const Operator& product = network.operators[OpId(1)];
  EXPECT_EQ(product.kind, OpKind::gemm);
  EXPECT_EQ(product.gemm.m, 2 * 6 * 3);
  EXPECT_EQ(product.gemm.groups, 1);
  EXPECT_EQ(network.parameters(), 36 + 50);
}

TEST(Work, ProductsOfActivationsAreGroupedByHead) {
  ModelBuilder model;
  model.input("q", {2, 3, 4, 8}).input("k", {2, 3, 8, 5}).node("MatMul", {"q", "k"}, "y");
  model.output("y");
  const Network network = make_network(std::make_shared<const Graph>(model.read(2)), 2);
  const Operator& op = network.operators[OpId(0)];
  EXPECT_EQ(op.kind, OpKind::matmul);
  EXPECT_EQ(op.gemm.groups, 6);
  EXPECT_EQ(op.gemm.m, 4);
  EXPECT_EQ(op.macs, 6 * 4 * 8 * 5);
}

Operator first_operator(const ModelBuilder& model, std::int64_t batch = 1) {
  return make_network(std::make_shared<const Graph>(model.read(batch)), batch).operators[OpId(0)];
}

/// Rows, depth, columns and groups of the first operator.
std::array<std::int64_t, 4> sizes_of(const ModelBuilder& model, std::int64_t batch = 1) {
  const Gemm gemm = first_operator(model, batch).gemm;
  return {gemm.m, gemm.k, gemm.n, gemm.groups};
}

TEST(Work, WeightsInFrontAreTheColumnsAllTheSame) {
  ModelBuilder product;
  product.input("x", {3, 8, 5}).weight("w", {16, 8}).node("MatMul", {"w", "x"}, "y");
  product.output("y");
  EXPECT_EQ(first_operator(product).kind, OpKind::gemm);
  EXPECT_THAT(sizes_of(product, 3), ElementsAre(3 * 5, 8, 16, 1));
  ModelBuilder vector;
  vector.input("x", {8}).weight("w", {16, 8}).node("MatMul", {"w", "x"}, "y");
  vector.output("y");
  EXPECT_THAT(sizes_of(vector, 8), ElementsAre(1, 8, 16, 1));
  ModelBuilder heads;
  heads.input("x", {3, 8, 5}).weight("w", {3, 16, 8}).node("MatMul", {"w", "x"}, "y");
  heads.output("y");
  EXPECT_THAT(sizes_of(heads, 3), ElementsAre(5, 8, 16, 3));
  ModelBuilder alone;
  alone.input("x", {3, 8, 5}).weight("w", {1, 16, 8}).node("MatMul", {"w", "x"}, "y");
  alone.output("y");
  EXPECT_THAT(sizes_of(alone, 3), ElementsAre(15, 8, 16, 1)) << "one matrix of weights for all samples";
  ModelBuilder gemm;
  gemm.input("x", {5, 8}).weight("w", {8, 16});
  auto& node = gemm.node("Gemm", {"w", "x"}, "y");
  ModelBuilder::set_integer(node, "transA", 1);
  ModelBuilder::set_integer(node, "transB", 1);
  gemm.output("y");
  EXPECT_THAT(sizes_of(gemm, 5), ElementsAre(5, 8, 16, 1));
}

TEST(Work, SamplesShareTheirWeights) {
  ModelBuilder one;
  one.input("x", {8, 4, 6}).weight("w", {1, 6, 5}).node("MatMul", {"x", "w"}, "y");
  one.output("y");
  EXPECT_THAT(sizes_of(one, 8), ElementsAre(32, 6, 5, 1));
  ModelBuilder heads;
  heads.input("x", {2, 3, 4, 6}).weight("w", {1, 3, 6, 5}).node("MatMul", {"x", "w"}, "y");
  heads.output("y");
  EXPECT_THAT(sizes_of(heads, 2), ElementsAre(8, 6, 5, 3));
}

TEST(Work, ProductsOfActivationsHaveNoWeightsWhateverElseIsConstant) {
  ModelBuilder conv;
  conv.input("x", {1, 4, 6, 6}).input("k", {1, 4, 3, 3}).weight("b", {1}).node("Conv", {"x", "k", "b"}, "y");
  conv.output("y");
  EXPECT_EQ(first_operator(conv).kind, OpKind::matmul);
  EXPECT_THAT(sizes_of(conv), ElementsAre(16, 36, 1, 1));
  ModelBuilder gemm;
  gemm.input("a", {1, 8}).input("b", {1, 2}).weight("c", {2});
  ModelBuilder::set_integer(gemm.node("Gemm", {"a", "b", "c"}, "y"), "transA", 1);
  gemm.output("y");
  EXPECT_EQ(first_operator(gemm).kind, OpKind::matmul);
}

TEST(Work, ATransposedConvolutionOfStrideOneIsOneOfTheSameSize) {
  for (const char* type : {"Conv", "ConvTranspose"}) {
    ModelBuilder model;
    model.input("x", {1, 4, 6, 6}).weight("w", {4, 4, 3, 3});
    ModelBuilder::set_integers(model.node(type, {"x", "w"}, "y"), "pads", {1, 1, 1, 1});
    model.output("y");
    EXPECT_THAT(sizes_of(model), ElementsAre(36, 36, 4, 1)) << type;
  }
}

TEST(Work, AConvolutionIsTheSameInOneTwoAndThreeDimensions) {
  for (const Dims& ones : {Dims{}, Dims{1}, Dims{1, 1}}) {
    const auto behind = [&](Dims dims, std::int64_t last) {
      dims.insert(dims.end(), ones.begin(), ones.end());
      dims.push_back(last);
      return dims;
    };
    ModelBuilder model;
    model.input("x", behind({1, 4}, 10)).weight("w", behind({8, 4}, 3)).node("Conv", {"x", "w"}, "y");
    model.output("y");
    const Window window = first_operator(model).window;
    EXPECT_EQ(window.kernel_h * window.kernel_w, 3);
    EXPECT_EQ(window.out_h * window.out_w, 8);
    EXPECT_EQ(window.in_w, 10);
    EXPECT_THAT(sizes_of(model), ElementsAre(8, 12, 8, 1));
  }
}

// ---- any graph

/// Conv, Relu, Add, Sigmoid, Mul, Reshape and Concat wired at random; half of the outputs are read more than once.
ModelBuilder random_network(std::uint32_t seed) {
  std::mt19937 random(seed);
  ModelBuilder model;
  model.input("v0", {1, 4, 4, 4}).integers("same", {0, 4, 4, 4});
  const unsigned count = 5 + random() % 25;
  for (unsigned i = 1; i <= count; ++i) {
    const auto any = [&] { return "v" + std::to_string(i - 1 - random() % std::min(i, 4U)); };
    const std::string made = "v" + std::to_string(i);
    switch (random() % 7) {
      case 0:
      case 1:
        model.conv(any(), made, 4, 4);
        break;
      case 2:
        model.node("Relu", {any()}, made);
        break;
      case 3:
        model.node("Add", {any(), any()}, made);
        break;
      case 4:
        model.node("Mul", {any(), any()}, made);
        break;
      case 5:
        model.node("Reshape", {any(), "same"}, made);
        break;
      default: {
        ModelBuilder::set_integer(model.node("Concat", {any(), any()}, made + "wide"), "axis", 1);
        model.weight(made + ".w", {4, 8, 1, 1}).node("Conv", {made + "wide", made + ".w"}, made);
      }
    }
    if (random() % 8 == 0) model.output(made);
  }
  if (model.graph().output_size() == 0 ||
      model.graph().output(model.graph().output_size() - 1).name() != "v" + std::to_string(count))
    model.output("v" + std::to_string(count));
  return model;
}

/// Direct dependences between operators, from the nodes alone.
std::set<std::pair<std::size_t, std::size_t>> dependences(const Network& network) {
  std::map<ValueId, std::size_t> maker;
  for (const OpId op : network.operators.ids())
    for (const NodeId n : network.operators[op].nodes)
      for (const ValueId output : network.graph->nodes[n].outputs) maker[output] = op.at();
  std::set<std::pair<std::size_t, std::size_t>> result;
  for (const OpId op : network.operators.ids())
    for (const NodeId n : network.operators[op].nodes)
      for (const ValueId input : network.graph->nodes[n].inputs)
        if (const auto made = maker.find(input); made != maker.end() && made->second != op.at())
          result.emplace(made->second, op.at());
  return result;
}

class RandomNetworks : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomNetworks, MergeIntoConvexGroupsAndConsistentTensors) {
  const auto graph = std::make_shared<const Graph>(random_network(GetParam()).read());
  const Network network = make_network(graph, 1);

  // Every node in exactly one operator.
  std::vector<std::size_t> owner(graph->nodes.size(), network.operators.size());
  std::size_t placed = 0;
  for (const OpId op : network.operators.ids())
    for (const NodeId n : network.operators[op].nodes) {
      EXPECT_EQ(owner[n.at()], network.operators.size()) << "a node in two operators";
      owner[n.at()] = op.at();
      ++placed;
    }
  EXPECT_EQ(placed, graph->nodes.size());

  // Operators in topological order: so no path leaves a group and enters it again.
  const auto edges = dependences(network);
  for (const auto& [from, to] : edges) EXPECT_LT(from, to);

  // Tensors are exactly what crosses operators or leaves.
  std::set<std::pair<std::size_t, std::size_t>> moved;
  for (const TensorId t : network.tensors.ids()) {
    const NetworkTensor& tensor = network.tensors[t];
    EXPECT_TRUE(std::is_sorted(tensor.consumers.begin(), tensor.consumers.end()));
    EXPECT_TRUE(tensor.leaves || !tensor.consumers.empty());
    for (const OpId consumer : tensor.consumers) {
      const auto& inputs = network.operators[consumer].inputs;
      EXPECT_EQ(std::count(inputs.begin(), inputs.end(), t), 1);
      if (tensor.producer.valid()) moved.emplace(tensor.producer.at(), consumer.at());
    }
  }
  EXPECT_EQ(moved, edges);

  // Work is neither lost nor doubled, at most one product an operator, names are unique.
  std::size_t convolutions = 0;
  std::set<std::string> names;
  for (const Operator& op : network.operators) {
    const auto products =
        std::count_if(op.nodes.begin(), op.nodes.end(), [&](NodeId n) { return graph->nodes[n].type == "Conv"; });
    EXPECT_LE(products, 1);
    EXPECT_EQ(op.kind == OpKind::conv, products == 1);
    convolutions += static_cast<std::size_t>(products);
    EXPECT_TRUE(names.insert(op.name).second);
  }
  EXPECT_EQ(convolutions, static_cast<std::size_t>(std::count_if(graph->nodes.begin(), graph->nodes.end(),
                                                                 [](const Node& n) { return n.type == "Conv"; })));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range(std::uint32_t{0}, std::uint32_t{100}));

}  // namespace
}  // namespace cleave
