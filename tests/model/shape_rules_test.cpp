#include "model/shape_rules.hpp"
#include "complaint.hpp"
#include "model/einsum.hpp"
#include "model/model_builder.hpp"
#include "model/node_work.hpp"
#include "model/op_traits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>

namespace cleave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

std::optional<Shape> einsum(const std::string& equation, const std::vector<Shape>& operands) {
  const auto read = read_einsum(equation, operands);
  return read ? std::optional(read->result_shape()) : std::nullopt;
}

TEST(Einsum, ResultsHaveTheStatedAxes) {
  EXPECT_THAT(einsum("bij,jk->bik", {{2, 3, 4}, {4, 5}}), Optional(Shape{2, 3, 5}));
  EXPECT_THAT(einsum(" b i j , j k -> b i k ", {{2, 3, 4}, {4, 5}}), Optional(Shape{2, 3, 5}));
  EXPECT_THAT(einsum("bij->bji", {{2, 3, 4}}), Optional(Shape{2, 4, 3}));
  EXPECT_THAT(einsum("bii->bi", {{2, 3, 3}}), Optional(Shape{2, 3}));
  EXPECT_THAT(einsum("i,i->", {{4}, {4}}), Optional(Shape{}));
  EXPECT_THAT(einsum(",i->i", {{}, {4}}), Optional(Shape{4}));
  EXPECT_THAT(einsum("ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}}), Optional(Shape{2, 5}));
}

TEST(Einsum, WithoutAnArrowLettersThatOccurOnceStay) {
  EXPECT_THAT(einsum("kj,ji", {{2, 3}, {3, 4}}), Optional(Shape{4, 2}));
  EXPECT_THAT(einsum("aB,a", {{2, 3}, {2}}), Optional(Shape{3}));
  EXPECT_THAT(einsum("ii", {{3, 3}}), Optional(Shape{}));
  EXPECT_THAT(einsum("i...,i", {{3, 5, 6}, {3}}), Optional(Shape{5, 6}));
}

TEST(Einsum, AnEllipsisStandsForAllOtherAxes) {
  EXPECT_THAT(einsum("...ij,...jk->...ik", {{7, 8, 2, 3}, {7, 8, 3, 4}}), Optional(Shape{7, 8, 2, 4}));
  EXPECT_THAT(einsum("...ij,jk->...ik", {{7, 8, 2, 3}, {3, 4}}), Optional(Shape{7, 8, 2, 4}));
  EXPECT_THAT(einsum("...ij,...jk->i...k", {{7, 1, 2, 3}, {8, 3, 4}}), Optional(Shape{2, 7, 8, 4}));
  EXPECT_THAT(einsum("...ii->...i", {{5, 3, 3}}), Optional(Shape{5, 3}));
  EXPECT_THAT(einsum("i...->...", {{3}}), Optional(Shape{}));
}

TEST(Einsum, RefusesWhatDoesNotFit) {
  EXPECT_EQ(einsum("ij,jk->ik", {{2, 3}, {4, 5}}), std::nullopt);
  EXPECT_EQ(einsum("ij,jk->ik", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("ij->ij", {{2, 3, 4}}), std::nullopt);
  EXPECT_EQ(einsum("ijk->ij", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("ij->ik", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("ij->ii", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("...i->i", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("...i...->i", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("i..j->i", {{2, 3, 4, 5}}), std::nullopt);
  EXPECT_EQ(einsum("i1->i", {{2, 3}}), std::nullopt);
  EXPECT_EQ(einsum("", {{2}}), std::nullopt);
}

Graph read_einsum_model(const std::string& equation, const std::vector<Dims>& inputs, const Dims& weight) {
  ModelBuilder model;
  std::vector<std::string> names;
  for (const Dims& dims : inputs) {
    names.push_back("x" + std::to_string(names.size()));
    model.input(names.back(), dims);
  }
  if (!weight.empty()) {
    names.emplace_back("w");
    model.weight("w", weight);
  }
  auto& attribute = *model.node("Einsum", names, "y").add_attribute();
  attribute.set_name("equation");
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(equation);
  model.output("y");
  return model.read(0);
}

NodeWork work_of_einsum(const std::string& equation, const std::vector<Dims>& inputs, const Dims& weight = {}) {
  const Graph graph = read_einsum_model(equation, inputs, weight);
  return work_of(graph, graph.nodes[NodeId(0)], OpKind::gemm, weight_values(graph));
}

void expect_gemm(const NodeWork& work, const Gemm& gemm) {
  EXPECT_EQ(work.gemm.m, gemm.m);
  EXPECT_EQ(work.gemm.k, gemm.k);
  EXPECT_EQ(work.gemm.n, gemm.n);
  EXPECT_EQ(work.gemm.groups, gemm.groups);
  EXPECT_EQ(work.macs, gemm.m * gemm.k * gemm.n * gemm.groups);
}

TEST(Einsum, WorkIsThatOfTheProduct) {
  expect_gemm(work_of_einsum("bij,jk->bik", {{2, 3, 4}}, {4, 5}), {.m = 6, .k = 4, .n = 5, .groups = 1});
  expect_gemm(work_of_einsum("...ij,...jk->...ik", {{7, 2, 3}, {7, 3, 4}}), {.m = 2, .k = 3, .n = 4, .groups = 7});
  expect_gemm(work_of_einsum("bhid,bhjd->bhij", {{2, 3, 4, 5}, {2, 3, 6, 5}}), {.m = 4, .k = 5, .n = 6, .groups = 6});
  expect_gemm(work_of_einsum("ij,jk,kl->il", {{2, 3}, {3, 4}}, {4, 5}), {.m = 10, .k = 12, .n = 1, .groups = 1});
  EXPECT_EQ(work_of_einsum("ij->ji", {{2, 3}}).macs, 0);
}

TEST(Einsum, TheWeightIsTheSecondFactor) {
  ModelBuilder model;
  model.weight("w", {4, 5}).input("x", {2, 4});
  auto& attribute = *model.node("Einsum", {"w", "x"}, "y").add_attribute();
  attribute.set_name("equation");
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s("ko,bk->bo");
  model.output("y");
  const Graph graph = model.read(2);
  expect_gemm(work_of(graph, graph.nodes[NodeId(0)], OpKind::gemm, weight_values(graph)),
              {.m = 2, .k = 4, .n = 5, .groups = 1});
}

TEST(Einsum, ErrorsShowTheEquation) {
  EXPECT_THAT(complaint_of([] {
                (void)read_einsum_model("ij,jk->ik", {{2, 3}, {4, 5}}, {});
              }),
              HasSubstr("has the equation 'ij,jk->ik', which does not fit its inputs [2,3][4,5]"));
}

std::optional<Shape> slice(const Shape& input, const Dims& starts, const Dims& ends,
                           const std::optional<Dims>& axes = {}) {
  Node node;
  node.attributes = {{"starts", starts}, {"ends", ends}};
  if (axes) node.attributes["axes"] = *axes;
  return slice_shape(node, input);
}

TEST(SliceShape, CountsFromTheEndAndStopsThere) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  EXPECT_THAT(slice({4, 10}, {-3}, {most}, Dims{1}), Optional(Shape{4, 3}));
  EXPECT_THAT(slice({4, 10}, {1, -20}, {-1, 20}), Optional(Shape{2, 10}));
  EXPECT_THAT(slice({4, 10}, {2, 0}, {8, -1}, Dims{-1, 0}), Optional(Shape{3, 6}));
  EXPECT_THAT(slice({4, 10}, {7}, {3}, Dims{1}), Optional(Shape{4, 0}));
  EXPECT_THAT(slice({4, 10}, {least}, {least}, Dims{1}), Optional(Shape{4, 0}));
  EXPECT_EQ(slice({4, 10}, {0}, {1, 2}), std::nullopt);
  EXPECT_EQ(slice({4, 10}, {0}, {1}, Dims{2}), std::nullopt);
}

TEST(SliceShape, OfOldOperatorSets) {
  ModelBuilder model(7);
  model.input("x", {1, 10});
  auto& node = model.node("Slice", {"x"}, "y");
  ModelBuilder::set_integers(node, "starts", {-3});
  ModelBuilder::set_integers(node, "ends", {1000});
  ModelBuilder::set_integers(node, "axes", {1});
  model.output("y");
  const Graph graph = model.read();
  EXPECT_THAT(graph.values[graph.outputs[0]].shape, ElementsAre(1, 3));
}

TEST(OneHotShape, HasTheDepthAtItsAxis) {
  Node node;
  EXPECT_THAT(one_hot_shape(node, {2, 3}, 7), Optional(Shape{2, 3, 7}));
  node.attributes["axis"] = std::int64_t{0};
  EXPECT_THAT(one_hot_shape(node, {2, 3}, 7), Optional(Shape{7, 2, 3}));
  node.attributes["axis"] = std::int64_t{-2};
  EXPECT_THAT(one_hot_shape(node, {2, 3}, 7), Optional(Shape{2, 7, 3}));
  node.attributes["axis"] = std::int64_t{3};
  EXPECT_EQ(one_hot_shape(node, {2, 3}, 7), std::nullopt);
}

TEST(OneHotShape, FollowsFromAConstantDepth) {
  ModelBuilder model;
  model.input("x", {1, 4}, onnx::TensorProto::INT64).integers("depth", {9}).integers("values", {0, 1});
  model.node("OneHot", {"x", "depth", "values"}, "y");
  model.output("y");
  const Graph graph = model.read(3);
  EXPECT_THAT(graph.values[graph.outputs[0]].shape, ElementsAre(3, 4, 9));
  model.input("other", {1}, onnx::TensorProto::INT64);
  model.graph().mutable_node(0)->set_input(1, "other");
  EXPECT_THAT(complaint_of([&] { (void)model.read(0); }), HasSubstr("has a depth that is not constant"));
}

TEST(OneHotShape, ADepthMayBeARealNumber) {
  ModelBuilder model;
  model.input("x", {1, 4}, onnx::TensorProto::INT64).integers("values", {0, 1});
  auto& depth = *model.graph().add_initializer();
  depth.set_name("depth");
  depth.set_data_type(onnx::TensorProto::FLOAT);
  depth.add_float_data(6);
  model.node("OneHot", {"x", "depth", "values"}, "y");
  model.output("y");
  const Graph graph = model.read();
  EXPECT_THAT(graph.values[graph.outputs[0]].shape, ElementsAre(1, 4, 6));
}

TEST(ReductionShape, WithoutAxesAllOrNoneAreReduced) {
  for (const auto& [type, opset] : {std::pair{"ReduceSum", 13}, {"ReduceSum", 18}, {"ReduceMean", 18}})
    for (const std::int64_t noop : {0, 1})
      for (const bool listed : {false, true}) {
        ModelBuilder model(opset);
        model.input("x", {1, 3, 4}).integers("axes", {});
        const std::vector<std::string> inputs =
            listed ? std::vector<std::string>{"x", "axes"} : std::vector<std::string>{"x"};
        auto& node = model.node(type, inputs, "y");
        ModelBuilder::set_integer(node, "noop_with_empty_axes", noop);
        model.output("y");
        const Graph graph = model.read();
        EXPECT_EQ(graph.values[graph.outputs[0]].shape, (noop != 0 ? Shape{1, 3, 4} : Shape{1, 1, 1}));
      }
}

}  // namespace
}  // namespace cleave
