/// What operator set 18 added, in the form that the sets before have.

#include "complaint.hpp"
#include "model/model_builder.hpp"

#include <cleave/runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cleave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModelBuilder padding(const Dims& pads, const Dims& axes) {
  ModelBuilder model(18);
  model.input("x", {1, 2, 3}).integers("pads", pads).integers("axes", axes);
  model.node("Pad", {"x", "pads", "", "axes"}, "y").set_name("it");
  model.output("y");
  return model;
}

Dims known_pads(const Graph& graph) {
  const Node& node = graph.nodes[NodeId(0)];
  EXPECT_EQ(node.inputs.size(), 2U);
  const Tensor pads = materialize(graph.constants.at(node.inputs[1]));
  return {pads.as<std::int64_t>().begin(), pads.as<std::int64_t>().end()};
}

Shape shape_of(const Graph& graph, std::size_t output) { return graph.values[graph.outputs.at(output)].shape; }

TEST(NewerForms, PadsBelongToTheirAxes) {
  const Graph turned = padding({1, 2, 3, 4, 5, 6}, {2, 0, 1}).read();
  EXPECT_THAT(known_pads(turned), ElementsAre(2, 3, 1, 5, 6, 4));
  EXPECT_THAT(shape_of(turned, 0), ElementsAre(8, 11, 8));
  const Graph partial = padding({1, 2}, {-1}).read();
  EXPECT_THAT(known_pads(partial), ElementsAre(0, 0, 1, 0, 0, 2));
  EXPECT_THAT(shape_of(partial, 0), ElementsAre(1, 2, 6));
}

TEST(NewerForms, PadsAndAxesThatMakeNoSenseAreRefused) {
  const auto complaint = [](const ModelBuilder& model) { return complaint_of([&] { (void)model.read(); }); };
  EXPECT_THAT(complaint(padding({1, 2, 3}, {0, 1})), HasSubstr("node 'it' (Pad): has 3 pads for 2 axes; "));
  EXPECT_THAT(complaint(padding({1, 2}, {3})), HasSubstr("pads the axes [3] of 3 dimensions; "));
  EXPECT_THAT(complaint(padding({1, 2, 3, 4}, {1, -2})), HasSubstr("pads the axes [1, -2] of 3 dimensions; "));
  ModelBuilder computed = padding({1, 2}, {0});
  computed.graph().clear_initializer();
  computed.integers("pads", {1, 2}).input("axes", {1}, onnx::TensorProto::INT64);
  EXPECT_THAT(complaint(computed), HasSubstr("has axes that are not constant; "));
}

ModelBuilder parting(std::int64_t extent, std::size_t parts, std::int64_t said) {
  ModelBuilder model(18);
  model.input("x", {1, extent});
  auto& node = model.node("Split", {"x"}, "y0");
  node.set_name("it");
  for (std::size_t i = 1; i < parts; ++i) node.add_output("y" + std::to_string(i));
  ModelBuilder::set_integer(node, "axis", -1);
  ModelBuilder::set_integer(node, "num_outputs", said);
  for (std::size_t i = 0; i < parts; ++i) model.output("y" + std::to_string(i));
  return model;
}

TEST(NewerForms, TheLastPartMayBeSmaller) {
  for (const auto& [extent, last] : {std::pair{9, 3}, {8, 2}, {7, 1}}) {
    const Graph graph = parting(extent, 3, 3).read();
    EXPECT_THAT(shape_of(graph, 0), ElementsAre(1, 3));
    EXPECT_THAT(shape_of(graph, 1), ElementsAre(1, 3));
    EXPECT_THAT(shape_of(graph, 2), ElementsAre(1, last));
    for (const auto& make : {make_cpu_backend, make_reference_backend})
      EXPECT_EQ(make()->unsupported(graph, graph.nodes[NodeId(0)]), "");
  }
  const auto complaint = [](const ModelBuilder& model) { return complaint_of([&] { (void)model.read(); }); };
  EXPECT_THAT(complaint(parting(5, 4, 4)), HasSubstr("node 'it' (Split): splits an axis of 5 into 4 parts of 2; "));
  EXPECT_THAT(complaint(parting(6, 3, 2)), HasSubstr("has 3 outputs, and num_outputs says otherwise; "));
}

}  // namespace
}  // namespace cleave
