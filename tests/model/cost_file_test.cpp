#include "base/files.hpp"
#include "complaint.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

namespace cleave {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A file of these operators and edges (the inside of each array).
Network parse(const std::string& operators, const std::string& edges = "", const std::string& more = "") {
  return parse_cost_file(
      fmt::format(R"({{"schema": "cleave.costs/1", {}"operators": [{}], "edges": [{}]}})", more, operators, edges),
      "nets/table.json");
}

template <class... Arguments>
std::string complaint(const Arguments&... arguments) {
  return complaint_of([&] { parse(arguments...); });
}

/// An operator that takes so many seconds on "cpu".
std::string op(const std::string& name, double seconds = 1, const std::string& group = "") {
  return fmt::format(R"({{"name": "{}", {} "costs": {{"cpu": {{"seconds": {}}}}}}})", name,
                     group.empty() ? "" : fmt::format(R"("group": "{}",)", group), seconds);
}
std::string edge(const std::string& from, const std::string& to) {
  return fmt::format(R"({{"from": "{}", "to": ["{}"], "bytes": 8}})", from, to);
}

std::vector<std::string> names(const Network& network) {
  std::vector<std::string> result;
  for (const Operator& one : network.operators) result.push_back(one.name);
  return result;
}

TEST(CostFile, KeepsWhatItSays) {
  const Network network = parse(
      R"({"name": "a", "kind": "conv", "costs": {"fpga": {"seconds": 1e-3, "joules": 0.01, "bytes": 1024}, "cpu": {"seconds": 5e-3}}},
         {"name": "b", "costs": {"cpu": {"seconds": 0}}}, {"name": "c", "kind": "softmax", "costs": {}})",
      R"({"from": "a", "to": ["c", "b"], "bytes": 4096}, {"from": "b", "to": ["c"], "seconds": 1e-4})",
      R"("notes": "free text", "name": "toy", "batch": 8, )");
  EXPECT_EQ(network.name, "toy");
  EXPECT_EQ(network.batch, 8);
  EXPECT_EQ(network.graph, nullptr);
  EXPECT_THAT(names(network), ElementsAre("a", "b", "c"));
  EXPECT_EQ(network.operators[OpId(0)].kind, OpKind::conv);
  EXPECT_EQ(network.operators[OpId(1)].kind, OpKind::other);
  ASSERT_EQ(network.measured.size(), 3U);
  const MeasuredCost fpga = network.measured[OpId(0)].at("fpga");
  EXPECT_EQ(fpga.seconds, 1e-3);
  EXPECT_EQ(fpga.joules, 0.01);
  EXPECT_EQ(fpga.bytes, 1024);
  EXPECT_EQ(network.measured[OpId(0)].at("cpu").joules, 0);
  EXPECT_FALSE(network.measured[OpId(1)].contains("fpga"));
  EXPECT_THAT(network.measured[OpId(2)], IsEmpty());

  ASSERT_EQ(network.tensors.size(), 2U);
  const NetworkTensor& wide = network.tensors[TensorId(0)];
  EXPECT_EQ(wide.producer, OpId(0));
  EXPECT_THAT(wide.consumers, ElementsAre(OpId(1), OpId(2)));
  EXPECT_EQ(wide.bytes, 4096);
  EXPECT_FALSE(wide.transfer_s);
  const NetworkTensor& slow = network.tensors[TensorId(1)];
  EXPECT_EQ(slow.transfer_s, 1e-4);
  EXPECT_FALSE(slow.bytes);
  EXPECT_THAT(network.operators[OpId(0)].outputs, ElementsAre(TensorId(0)));
  EXPECT_THAT(network.operators[OpId(2)].inputs, ElementsAre(TensorId(0), TensorId(1)));
}

TEST(CostFile, DefaultsAreTheStemBatchOneAndNoEdges) {
  const Network network =
      parse_cost_file(R"({"schema": "cleave.costs/1", "operators": [)" + op("a") + "]}", "nets/table.json");
  EXPECT_EQ(network.name, "table");
  EXPECT_EQ(network.batch, 1);
  EXPECT_TRUE(network.tensors.empty());
}

TEST(CostFile, OperatorsComeInTopologicalOrderOfTheFile) {
  EXPECT_THAT(names(parse(op("d") + "," + op("b") + "," + op("c") + "," + op("a"),
                          edge("a", "c") + "," + edge("a", "b") + "," + edge("b", "d") + "," + edge("c", "d"))),
              ElementsAre("a", "b", "c", "d"));
}

TEST(CostFile, AGroupIsOneOperator) {
  const Network network = parse(
      R"({"name": "a", "kind": "conv", "group": "g", "costs": {"cpu": {"seconds": 1, "joules": 10, "bytes": 100}, "fpga": {"seconds": 1}}},
         {"name": "b", "kind": "conv", "group": "g", "costs": {"cpu": {"seconds": 2, "joules": 20, "bytes": 200}}},
         {"name": "c", "kind": "pool", "costs": {"cpu": {"seconds": 4}}})",
      R"({"from": "a", "to": ["b"], "bytes": 1}, {"from": "a", "to": ["b", "c"], "bytes": 2}, {"from": "b", "to": ["c"], "bytes": 3})");
  EXPECT_THAT(names(network), ElementsAre("a (+1)", "c"));
  EXPECT_EQ(network.operators[OpId(0)].kind, OpKind::conv);
  ASSERT_EQ(network.measured[OpId(0)].size(), 1U) << "b cannot run on the fpga, so neither can the group";
  EXPECT_THAT(network.measured_on, testing::ElementsAre("cpu", "fpga"));
  const MeasuredCost cost = network.measured[OpId(0)].at("cpu");
  EXPECT_EQ(cost.seconds, 3);
  EXPECT_EQ(cost.joules, 30);
  EXPECT_EQ(cost.bytes, 300);
  ASSERT_EQ(network.tensors.size(), 2U) << "the edge inside the group is gone";
  EXPECT_EQ(network.tensors[TensorId(0)].bytes, 2);
  EXPECT_THAT(network.tensors[TensorId(0)].consumers, ElementsAre(OpId(1)));
  EXPECT_NE(network.tensors[TensorId(0)].name, network.tensors[TensorId(1)].name);
}

TEST(CostFile, WhatLiesBetweenTwoMembersOfAGroupJoinsIt) {
  // a -> b -> c with a and c together: b would need a before and c after it.
  const Network network =
      parse(op("z") + "," + op("a", 1, "g") + "," + op("b", 2) + "," + op("c", 4, "g") + "," + op("d"),
            edge("z", "a") + "," + edge("a", "b") + "," + edge("b", "c") + "," + edge("c", "d"));
  EXPECT_THAT(names(network), ElementsAre("z", "a (+2)", "d"));
  EXPECT_EQ(network.measured[OpId(1)].at("cpu").seconds, 7);
  EXPECT_EQ(network.tensors.size(), 2U);
}

TEST(CostFile, GroupsThatWaitForEachOtherAreMerged) {
  const Network network = parse(op("a", 1, "g") + "," + op("b", 1, "h") + "," + op("c", 1, "g") + "," + op("d", 1, "h"),
                                edge("a", "b") + "," + edge("d", "c"));
  EXPECT_THAT(names(network), ElementsAre("a (+3)"));
  EXPECT_TRUE(network.tensors.empty());
}

TEST(CostFile, GroupsMayLieApart) {
  EXPECT_THAT(names(parse(op("a", 1, "g") + "," + op("b") + "," + op("c", 1, "g"))), ElementsAre("a (+1)", "b"));
}

TEST(CostFile, MergedKindsThatDifferAreOther) {
  const Network network = parse(
      R"({"name": "a", "kind": "conv", "group": "g", "costs": {}}, {"name": "b", "kind": "pool", "group": "g", "costs": {}})");
  EXPECT_EQ(network.operators[OpId(0)].kind, OpKind::other);
}

TEST(CostFile, MergedNamesStayUnique) {
  const Network network = parse(op("a", 1, "g") + "," + op("b", 1, "g") + "," + op("a (+1)"));
  const auto all = names(network);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 2U);
}

TEST(CostFile, EveryKindIsKnownByItsName) {
  for (int i = 0; i <= static_cast<int>(OpKind::other); ++i) {
    const auto kind = static_cast<OpKind>(i);
    const Network network = parse(fmt::format(R"({{"name": "a", "kind": "{}", "costs": {{}}}})", name_of(kind)));
    EXPECT_EQ(network.operators[OpId(0)].kind, kind);
  }
}

TEST(CostFile, CyclesWithoutAGroupAreNamed) {
  const std::string ops = op("a") + "," + op("b") + "," + op("c");
  EXPECT_THAT(
      complaint(ops, edge("a", "b") + "," + edge("b", "c") + "," + edge("c", "b")),
      AllOf(HasSubstr("nets/table.json: /edges"), HasSubstr("\"b\" and \"c\" lie on a cycle"), HasSubstr("group")));
  EXPECT_THAT(complaint(ops, edge("b", "b")), HasSubstr("\"b\" and \"b\" lie on a cycle"));
  EXPECT_THAT(complaint(ops + "," + op("d", 1, "g"), edge("a", "b") + "," + edge("b", "a") + "," + edge("c", "d")),
              HasSubstr("lie on a cycle"));
}

TEST(CostFile, ComplaintsNamePlaceProblemAndRepair) {
  EXPECT_THAT(complaint(op("conv1") + "," + op("conv2"), edge("conv1", "conv3x")),
              AllOf(HasSubstr("/edges/0/to/0"), HasSubstr("no operator \"conv3x\""), HasSubstr("\"conv1\"")));
  EXPECT_THAT(complaint(op("a"), edge("b", "a")), AllOf(HasSubstr("/edges/0/from"), HasSubstr("no operator \"b\"")));
  EXPECT_THAT(complaint(op("a") + "," + op("a")), AllOf(HasSubstr("/operators/1/name"), HasSubstr("\"a\"")));
  EXPECT_THAT(complaint(op("a", -1)), AllOf(HasSubstr("/operators/0/costs/cpu/seconds"), HasSubstr("negative")));
  EXPECT_THAT(complaint(R"({"name": "a", "costs": {"cpu": {"seconds": 1, "joules": -1}}})"),
              HasSubstr("/costs/cpu/joules"));
  EXPECT_THAT(complaint(R"({"name": "a", "costs": {"cpu": {"seconds": 1, "bytes": -1}}})"),
              HasSubstr("/costs/cpu/bytes"));
  EXPECT_THAT(complaint(R"({"name": "a", "costs": {"cpu": {"joules": 1}}})"), HasSubstr("has no \"seconds\""));
  EXPECT_THAT(complaint(R"({"name": "a", "costs": {"cpu": {"seconds": 1, "watts": 1}}})"), HasSubstr("watts"));
  EXPECT_THAT(complaint(R"({"name": "a", "costs": 3})"), HasSubstr("/operators/0/costs"));
  EXPECT_THAT(complaint(R"({"name": "a"})"), HasSubstr("has no \"costs\""));
  EXPECT_THAT(complaint(R"({"costs": {}})"), HasSubstr("has no \"name\""));
  EXPECT_THAT(complaint(R"({"name": "", "costs": {}})"), HasSubstr("/operators/0/name: is empty"));
  EXPECT_THAT(complaint(R"({"name": "a", "group": "", "costs": {}})"), HasSubstr("/operators/0/group: is empty"));
  EXPECT_THAT(complaint(R"({"name": "a", "kind": "convolution", "costs": {}})"),
              AllOf(HasSubstr("/operators/0/kind"), HasSubstr("\"convolution\"")));
  EXPECT_THAT(complaint(R"({"name": "a", "costs": {}, "size": 1})"), HasSubstr("size: is not a known key"));
  EXPECT_THAT(complaint(""), HasSubstr("/operators: is empty"));
  for (const double seconds : {1e-320, 1e308})
    EXPECT_THAT(complaint(op("a", seconds)),
                AllOf(HasSubstr("/operators/0/costs/cpu/seconds: is 1e"), HasSubstr("from 1e-30 to 1e30")));
}

TEST(CostFile, EdgesSayBytesOrSeconds) {
  const std::string ops = op("a") + "," + op("b");
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": ["b"]})"), AllOf(HasSubstr("/edges/0"), HasSubstr("neither")));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": ["b"], "bytes": 1, "seconds": 1})"), HasSubstr("both"));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": ["b"], "bytes": -1})"), HasSubstr("/edges/0/bytes"));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": ["b"], "seconds": -1})"), HasSubstr("/edges/0/seconds"));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": ["b"], "seconds": 1e308})"), HasSubstr("from 1e-30 to 1e30"));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": [], "bytes": 1})"), HasSubstr("/edges/0/to: is empty"));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": ["b", "b"], "bytes": 1})"), HasSubstr("twice"));
  EXPECT_THAT(complaint(ops, R"({"from": "a", "to": "b", "bytes": 1})"), HasSubstr("give an array"));
}

TEST(CostFile, TheFileAsAWholeMustBeRight) {
  EXPECT_THAT(complaint(op("a"), "", R"("batch": 0, )"), AllOf(HasSubstr("/batch: is 0"), HasSubstr("at least 1")));
  EXPECT_THAT(complaint(op("a"), "", R"("batch": 1.5, )"), HasSubstr("whole number"));
  EXPECT_THAT(complaint(op("a"), "", R"("node": [], )"), HasSubstr("/node: is not a known key"));
  EXPECT_THROW((void)parse_cost_file(R"({"schema": "cleave.plan/1"})", "f"), InputError);
  EXPECT_THROW((void)parse_cost_file(R"({"schema": "cleave.costs/1"})", "f"), InputError);
  EXPECT_THROW((void)parse_cost_file("", "f"), InputError);
}

TEST(CostFile, ReadsFilesAndComplainsOfMissingOnes) {
  const auto path = std::filesystem::path(testing::TempDir()) / "cleave_costs.json";
  write_file(path, R"({"schema": "cleave.costs/1", "operators": [)" + op("a") + "]}");
  EXPECT_EQ(read_cost_file(path).name, "cleave_costs");
  std::filesystem::remove(path);
  EXPECT_THROW((void)read_cost_file(path), InputError);
}

}  // namespace
}  // namespace cleave
