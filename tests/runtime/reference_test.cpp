/// What the ONNX cases do not show: roundings, old operator sets, refusals, errors, cutting into stages.

#include "runtime/reference/array.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <utility>

namespace cleave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor floats(Shape shape, const std::vector<float>& items) {
  Tensor tensor(DataType::float32, std::move(shape));
  std::ranges::copy(items, tensor.as<float>().begin());
  return tensor;
}

Tensor integers(const std::vector<std::int64_t>& items) {
  Tensor tensor(DataType::int64, {static_cast<std::int64_t>(items.size())});
  std::ranges::copy(items, tensor.as<std::int64_t>().begin());
  return tensor;
}

/// A graph under construction; values are named by their number.
struct Builder {
  Graph graph{.name = "test", .opset = 17, .values = {}, .nodes = {}, .constants = {}, .inputs = {}, .outputs = {}};

  ValueId value(Shape shape, DataType type = DataType::float32) {
    return graph.values.push_back({"v" + std::to_string(graph.values.size()), type, std::move(shape)});
  }
  ValueId input(Shape shape, DataType type = DataType::float32) {
    graph.inputs.push_back(value(std::move(shape), type));
    return graph.inputs.back();
  }
  ValueId constant(const Tensor& tensor) {
    const ValueId id = value(tensor.shape, tensor.type);
    graph.constants[id] = Constant{tensor.type, tensor.shape, tensor};
    return id;
  }
  /// Adds a node with one output.
  ValueId node(const std::string& type, std::vector<ValueId> inputs, Shape shape,
               std::map<std::string, Attribute> attributes = {}, DataType result = DataType::float32) {
    const ValueId out = value(std::move(shape), result);
    graph.nodes.push_back(
        {"n" + std::to_string(graph.nodes.size()), type, "", std::move(inputs), {out}, std::move(attributes)});
    graph.outputs = {out};
    return out;
  }
  std::string unsupported() const {
    return make_reference_backend()->unsupported(graph, graph.nodes[NodeId(graph.nodes.size() - 1)]);
  }
};

Tensor run(const StageSpec& spec, const std::vector<Tensor>& inputs) {
  const auto backend = make_reference_backend();
  backend->prepare(spec);
  std::vector<const Tensor*> in;
  for (const Tensor& tensor : inputs) in.push_back(&tensor);
  const Value& value = spec.graph->values[spec.outputs[0]];
  Tensor result(value.type, value.shape);
  Tensor* out[] = {&result};
  backend->run(in, out);
  return result;
}

Tensor run(const Graph& graph, const std::vector<Tensor>& inputs) {
  StageSpec spec{std::make_shared<const Graph>(graph), {{}}, graph.inputs, graph.outputs};
  for (const NodeId node : graph.nodes.ids()) spec.operators[0].push_back(node);
  return run(spec, inputs);
}

std::vector<float> result_of(const Graph& graph, const std::vector<Tensor>& inputs) {
  const Tensor result = run(graph, inputs);
  return {result.as<float>().begin(), result.as<float>().end()};
}

TEST(ReferenceRounding, HalfPrecisionIsNearestEvenAndReadsBackExactly) {
  const auto half = [](double x) { return reference::encode_float16(x, 5, 10); };
  EXPECT_EQ(half(1), 0x3c00);
  EXPECT_EQ(half(-2), 0xc000);
  EXPECT_EQ(half(65504), 0x7bff);
  EXPECT_EQ(half(65519), 0x7bff);
  EXPECT_EQ(half(65520), 0x7c00);
  EXPECT_EQ(half(1 + std::ldexp(1, -11)), 0x3c00);  // a tie: to even
  EXPECT_EQ(half(1 + std::ldexp(3, -11)), 0x3c02);
  EXPECT_EQ(half(std::ldexp(1, -24)), 0x0001);
  EXPECT_EQ(half(std::ldexp(1, -25)), 0x0000);
  EXPECT_EQ(half(-0.0), 0x8000);
  EXPECT_EQ(half(std::ldexp(2047, -25)), 0x0400);  // rounds up into the normal numbers
  for (int bits = 0; bits < 0x10000; ++bits) {
    const double x = reference::decode_float16(static_cast<std::uint16_t>(bits), 5, 10);
    if (!std::isnan(x)) {
      ASSERT_EQ(half(x), bits);
    }
  }
}

TEST(ReferenceRounding, Bfloat16IsTheUpperHalfOfFloat32) {
  EXPECT_EQ(reference::encode_float16(1, 8, 7), 0x3f80);
  EXPECT_EQ(reference::encode_float16(3.0e38, 8, 7), 0x7f62);
  EXPECT_EQ(reference::encode_float16(std::numeric_limits<double>::max(), 8, 7), 0x7f80);
  EXPECT_EQ(reference::decode_float16(0xc049, 8, 7), -3.140625);
}

TEST(ReferenceRounding, IntegersAreCutTowardZeroAndSaturate) {
  const reference::Array array{{5}, {-1.9, 1.9, 300, -300, std::nan("")}};
  const Tensor bytes = reference::to_tensor(array, DataType::int8);
  EXPECT_THAT(bytes.as<std::int8_t>(), ElementsAre(-1, 1, 127, -128, 0));
  const Tensor longs = reference::to_tensor({{1}, {1e30}}, DataType::int64);
  EXPECT_EQ(longs.as<std::int64_t>()[0], std::numeric_limits<std::int64_t>::max());
  const Tensor truths = reference::to_tensor({{2}, {0.5, 0}}, DataType::boolean);
  EXPECT_THAT(truths.as<std::uint8_t>(), ElementsAre(1, 0));
}

TEST(ReferenceBackend, ConvolutionByHand) {
  Builder b;
  const ValueId x = b.input({1, 2, 3, 3});
  const ValueId w = b.constant(floats({2, 1, 2, 2}, {1, 2, 3, 4, -1, 0, 0, 1}));
  const ValueId bias = b.constant(floats({2}, {10, 20}));
  b.node("Conv", {x, w, bias}, {1, 2, 2, 2},
         {{"group", std::int64_t{2}}, {"strides", Shape{2, 2}}, {"pads", Shape{0, 1, 1, 0}}});
  std::vector<float> items;
  for (int i = 0; i < 18; ++i) items.push_back(static_cast<float>(i));
  EXPECT_THAT(result_of(b.graph, {floats({1, 2, 3, 3}, items)}),
              ElementsAre(10 + 0 * 2 + 3 * 4, 10 + 1 + 2 * 2 + 4 * 3 + 5 * 4, 10 + 6 * 2, 10 + 7 + 8 * 2,  //
                          20 + 12, 20 - 10 + 14, 20 + 0, 20 - 16));
}

TEST(ReferenceBackend, CutIntoStagesItComputesTheSameBits) {
  Builder b;
  const ValueId x = b.input({1, 3});
  const ValueId third = b.node("Mul", {x, b.constant(floats({1}, {1.0F / 3}))}, {1, 3});
  const ValueId e = b.node("Exp", {third}, {1, 3});
  b.node("Sub", {e, third}, {1, 3});
  const auto graph = std::make_shared<const Graph>(b.graph);
  const Tensor input = floats({1, 3}, {0.1F, 0.7F, -2});
  const Tensor first = run({graph, {{NodeId(0)}}, {x}, {third}}, {input});
  const Tensor second = run({graph, {{NodeId(1), NodeId(2)}}, {third}, b.graph.outputs}, {first});
  EXPECT_EQ(second, run(b.graph, {input}));
}

TEST(ReferenceBackend, AConstantOrAnInputMayBeAnOutput) {
  Builder b;
  const ValueId x = b.input({1});
  const ValueId c = b.constant(floats({1}, {5}));
  const auto graph = std::make_shared<const Graph>(b.graph);
  EXPECT_EQ(run({graph, {}, {x}, {x}}, {floats({1}, {3})}), floats({1}, {3}));
  EXPECT_EQ(run({graph, {}, {}, {c}}, {}), floats({1}, {5}));
}

TEST(ReferenceBackend, OldOperatorSetsAlignTheSecondOperandAtAnAxis) {
  Builder b;
  b.graph.opset = 6;
  const ValueId x = b.input({1, 2, 2});
  b.node("Add", {x, b.constant(floats({2}, {10, 20}))}, {1, 2, 2},
         {{"broadcast", std::int64_t{1}}, {"axis", std::int64_t{1}}});
  EXPECT_THAT(result_of(b.graph, {floats({1, 2, 2}, {1, 2, 3, 4})}), ElementsAre(11, 12, 23, 24));
}

TEST(ReferenceBackend, OldOperatorSetsGivePReluOneSlopePerChannel) {
  Builder b;
  b.graph.opset = 6;
  const ValueId x = b.input({1, 2, 2});
  b.node("PRelu", {x, b.constant(floats({2}, {2, 3}))}, {1, 2, 2});
  EXPECT_THAT(result_of(b.graph, {floats({1, 2, 2}, {-1, 1, -1, -2})}), ElementsAre(-2, 1, -3, -6));
}

TEST(ReferenceBackend, OldSoftmaxRunsOverEverythingFromItsAxisOn) {
  Builder b;
  const ValueId x = b.input({1, 2, 2});
  b.node("Softmax", {x}, {1, 2, 2}, {{"axis", std::int64_t{1}}});
  const Tensor zeros(DataType::float32, {1, 2, 2});
  EXPECT_THAT(result_of(b.graph, {zeros}), ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
  b.graph.opset = 11;
  EXPECT_THAT(result_of(b.graph, {zeros}), ElementsAre(0.25F, 0.25F, 0.25F, 0.25F));
}

TEST(ReferenceBackend, SoftmaxOfHugeNumbersStillSumsToOne) {
  Builder b;
  const ValueId x = b.input({1, 4});
  b.node("Softmax", {x}, {1, 4});
  EXPECT_THAT(result_of(b.graph, {floats({1, 4}, {1e30F, 1e30F, 1e30F, 1e30F})}),
              ElementsAre(0.25F, 0.25F, 0.25F, 0.25F));
}

TEST(ReferenceBackend, MakesTensorsThatReadersUsuallyFold) {
  Builder b;
  b.node("Constant", {}, {2}, {{"value_floats", std::vector<float>{1, 2}}});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(1, 2));
  b.node("Constant", {}, {1, 2}, {{"value", floats({1, 2}, {3, 4})}});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(3, 4));
  b.node("Constant", {}, {}, {{"value_int", std::int64_t{7}}});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(7));
  b.node("ConstantOfShape", {b.constant(integers({2, 1}))}, {2, 1}, {{"value", floats({1}, {5})}});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(5, 5));
  const std::vector<ValueId> limits = {b.constant(floats({}, {1})), b.constant(floats({}, {2})),
                                       b.constant(floats({}, {0.5F}))};
  b.node("Range", limits, {2});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(1, 1.5F));
  const ValueId x = b.constant(floats({1, 3}, {1, 2, 3}));
  b.node("Shape", {x}, {2});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(1, 3));
  b.node("Shape", {x}, {1}, {{"start", std::int64_t{-1}}});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(3));
  b.node("Size", {x}, {});
  EXPECT_THAT(result_of(b.graph, {}), ElementsAre(3));
  b.node("Constant", {}, {1}, {{"value_string", std::string("text")}});
  EXPECT_THAT(b.unsupported(), HasSubstr("no dense numeric value"));
}

TEST(ReferenceBackend, OldSliceAndClipTakeAttributes) {
  Builder b;
  b.graph.opset = 9;
  const ValueId x = b.input({1, 4});
  const ValueId s = b.node("Slice", {x}, {1, 2}, {{"starts", Shape{-3}}, {"ends", Shape{1000}}, {"axes", Shape{1}}});
  b.graph.values[s].shape = {1, 3};
  b.node("Clip", {s}, {1, 3}, {{"min", -1.0F}, {"max", 1.0F}});
  EXPECT_THAT(result_of(b.graph, {floats({1, 4}, {9, -9, 0.5F, 9})}), ElementsAre(-1, 0.5F, 1));
}

TEST(ReferenceBackend, SliceToTheEndOfInt64GoesBackwardsToo) {
  Builder b;
  const ValueId x = b.input({4});
  const auto lowest = std::numeric_limits<std::int64_t>::lowest();
  b.node("Slice",
         {x, b.constant(integers({-1})), b.constant(integers({lowest})), b.constant(integers({0})),
          b.constant(integers({-2}))},
         {2});
  EXPECT_THAT(result_of(b.graph, {floats({4}, {1, 2, 3, 4})}), ElementsAre(4, 2));
}

TEST(ReferenceBackend, AveragePoolingCountsNoElementBeyondThePadding) {
  Builder b;
  const ValueId x = b.input({1, 1, 4});
  const std::map<std::string, Attribute> attributes = {{"kernel_shape", Shape{3}},
                                                       {"strides", Shape{2}},
                                                       {"ceil_mode", std::int64_t{1}},
                                                       {"pads", Shape{1, 0}},
                                                       {"count_include_pad", std::int64_t{1}}};
  b.node("AveragePool", {x}, {1, 1, 2}, attributes);
  EXPECT_THAT(result_of(b.graph, {floats({1, 1, 4}, {3, 6, 9, 12})}), ElementsAre(3, 9));
  b.graph.values[b.graph.outputs[0]].shape = {1, 1, 3};
  EXPECT_THAT(b.unsupported(), HasSubstr("should be 2 long"));
}

TEST(ReferenceBackend, NoWindowOfAPoolBeginsBehindTheInput) {
  Builder b;
  const ValueId x = b.input({1, 1, 4});
  b.node("AveragePool", {x}, {1, 1, 1},
         {{"kernel_shape", Shape{2}}, {"strides", Shape{4}}, {"ceil_mode", std::int64_t{1}}});
  EXPECT_THAT(result_of(b.graph, {floats({1, 1, 4}, {3, 6, 9, 12})}), ElementsAre(4.5F));
  b.graph.values[b.graph.outputs[0]].shape = {1, 1, 2};
  EXPECT_THAT(b.unsupported(), HasSubstr("should be 1 long"));
}

TEST(ReferenceBackend, RefusesWhatItCannotCompute) {
  Builder unknown;
  unknown.node("NoSuchOperator", {unknown.input({1})}, {1});
  EXPECT_THAT(unknown.unsupported(), HasSubstr("NoSuchOperator is unknown"));

  Builder foreign;
  foreign.node("Relu", {foreign.input({1})}, {1});
  foreign.graph.nodes[NodeId(0)].domain = "com.example";
  EXPECT_THAT(foreign.unsupported(), HasSubstr("com.example"));

  Builder training;
  const ValueId p = training.input({2});
  training.node("BatchNormalization", {training.input({1, 2}), p, p, p, p}, {1, 2},
                {{"training_mode", std::int64_t{1}}});
  EXPECT_THAT(training.unsupported(), HasSubstr("training"));

  Builder indices;
  indices.node("MaxPool", {indices.input({1, 1, 2})}, {1, 1, 1}, {{"kernel_shape", Shape{2}}});
  EXPECT_EQ(indices.unsupported(), "");
  indices.graph.nodes[NodeId(0)].outputs.push_back(indices.value({1, 1, 1}, DataType::int64));
  EXPECT_THAT(indices.unsupported(), HasSubstr("output 1"));
}

TEST(ReferenceBackend, RefusesNodesThatContradictTheirShapes) {
  const auto reason = [](const std::string& type, const std::vector<Shape>& inputs, Shape output,
                         std::map<std::string, Attribute> attributes = {}) {
    Builder b;
    std::vector<ValueId> ids;
    for (const Shape& shape : inputs) ids.push_back(shape == Shape{-1} ? ValueId{} : b.input(shape));
    b.node(type, ids, std::move(output), std::move(attributes));
    return b.unsupported();
  };
  const Shape absent = {-1};
  EXPECT_NE(reason("Conv", {{1, 2, 4, 4}, {3, 3, 1, 1}}, {1, 3, 4, 4}), "");
  EXPECT_NE(reason("Conv", {{1, 2, 4, 4}, {3, 2, 1, 1}}, {1, 3, 5, 4}), "");
  EXPECT_NE(reason("Conv", {{1, 2, 4, 4}, {3, 2, 9, 9}}, {1, 3, 1, 1}), "");
  EXPECT_NE(reason("Conv", {{1, 2, 4, 4}, {3, 2, 1, 1}}, {1, 3, 4, 4}, {{"strides", Shape{0, 1}}}), "");
  EXPECT_NE(reason("Conv", {{1, 2, 4, 4}, absent}, {1, 3, 4, 4}), "");
  EXPECT_NE(reason("Conv", {{}, {}}, {}), "");
  EXPECT_NE(reason("MatMul", {{2, 3}, {2, 3}}, {2, 3}), "");
  EXPECT_NE(reason("MatMul", {{}, {2, 3}}, {3}), "");
  EXPECT_NE(reason("Gemm", {{2, 3}, {3, 4}, {5}}, {2, 4}), "");
  EXPECT_NE(reason("Add", {{2}, {3}}, {3}), "");
  EXPECT_NE(reason("Sum", {{2}, absent}, {2}), "");
  EXPECT_NE(reason("Add", {{2}}, {2}), "");
  EXPECT_NE(reason("Relu", {{2}}, {3}), "");
  EXPECT_NE(reason("Reshape", {{2}, {1}}, {3}), "");
  EXPECT_NE(reason("Transpose", {{2, 3}}, {3, 2}, {{"perm", Shape{0, 0}}}), "");
  EXPECT_NE(reason("Concat", {{2}, {2}}, {4}), "");
  EXPECT_NE(reason("Concat", {{2}, {3}}, {4}, {{"axis", std::int64_t{0}}}), "");
  EXPECT_NE(reason("Softmax", {{2, 2}}, {2, 2}, {{"axis", std::int64_t{2}}}), "");
  EXPECT_NE(reason("Gather", {{2, 2}, {1}}, {1, 3}), "");
  EXPECT_NE(reason("ReduceSum", {{0}}, {1}), "");
  EXPECT_NE(reason("MaxPool", {{1, 1, 4}}, {1, 1, 4}), "");
  EXPECT_NE(reason("BatchNormalization", {{1, 2}, {2}, {2}, {3}, {2}}, {1, 2}), "");
  EXPECT_NE(reason("DepthToSpace", {{1, 3, 1, 1}}, {1, 1, 2, 2}, {{"blocksize", std::int64_t{2}}}), "");
}

TEST(ReferenceBackend, WrongValuesAreBadInputThatNamesTheNode) {
  Builder b;
  const ValueId x = b.input({2});
  b.node("Gather", {x, b.input({1}, DataType::int64)}, {1});
  try {
    (void)run(b.graph, {floats({2}, {1, 2}), integers({7})});
    FAIL() << "index 7 of 2";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("test: n0: index 7 is outside an axis of 2"));
  }
  EXPECT_THROW((void)run(b.graph, {floats({3}, {1, 2, 3}), integers({1})}), InputError);
  EXPECT_THROW((void)run(b.graph, {integers({1, 2}), integers({1})}), InputError);
  EXPECT_THROW((void)run(b.graph, {floats({2}, {1, 2})}), InputError);
}

TEST(ReferenceBackend, PrepareNamesTheNodeThatItRefuses) {
  Builder b;
  b.node("NoSuchOperator", {b.input({1})}, {1});
  try {
    (void)run(b.graph, {floats({1}, {1})});
    FAIL() << "prepared an unknown operator";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("n0: NoSuchOperator is not supported by the reference backend"));
  }
}

TEST(ReferenceBackend, PrepareWantsEveryValueFromSomewhere) {
  Builder b;
  const ValueId x = b.input({1});
  b.node("Relu", {x}, {1});
  const auto graph = std::make_shared<const Graph>(b.graph);
  EXPECT_THROW(make_reference_backend()->prepare({graph, {{NodeId(0)}}, {}, b.graph.outputs}), InputError);
  EXPECT_THROW(make_reference_backend()->prepare({graph, {}, {x}, b.graph.outputs}), InputError);
}

TEST(ReferenceBackend, ListsItsOperatorsSortedAndOnce) {
  const std::vector<std::string> types = reference_operator_types();
  EXPECT_GT(types.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(types, std::less_equal<>()) && std::ranges::adjacent_find(types) == types.end());
}

}  // namespace
}  // namespace cleave
