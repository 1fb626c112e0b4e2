#include "complaint.hpp"
#include "model/model_builder.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace cleave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The message of the InputError that `model` causes.
std::string complaint(const std::string& bytes, std::int64_t batch = 1) {
  return complaint_of([&] { (void)read_onnx_bytes(bytes, "test.onnx", {.batch = batch}); });
}
std::string complaint(const ModelBuilder& model, std::int64_t batch = 1) { return complaint(model.bytes(), batch); }

std::vector<std::string> types_of(const Graph& graph) {
  std::vector<std::string> types;
  for (const Node& node : graph.nodes) types.push_back(node.type);
  return types;
}

const Shape& output_shape(const Graph& graph, std::size_t at = 0) { return graph.values[graph.outputs.at(at)].shape; }

ModelBuilder small_network() {
  ModelBuilder model;
  model.input("x", {1, 3, 8, 8}).conv("x", "a", 3, 4);
  model.node("Relu", {"a"}, "b");
  model.conv("b", "c", 4, 4);
  model.node("Add", {"c", "b"}, "d");
  model.node("GlobalAveragePool", {"d"}, "e");
  model.integers("target", {1, 4}).node("Reshape", {"e", "target"}, "f");
  model.output("f");
  return model;
}

TEST(ReadOnnx, KnowsShapesAndTakesTheBatch) {
  const Graph one = small_network().read();
  EXPECT_THAT(output_shape(one), ElementsAre(1, 4));
  const Graph seven = small_network().read(7);
  EXPECT_THAT(seven.values[seven.inputs.at(0)].shape, ElementsAre(7, 3, 8, 8));
  EXPECT_THAT(output_shape(seven), ElementsAre(7, 4)) << "the Reshape target [1, 4] follows the batch";
  EXPECT_THAT(types_of(seven), ElementsAre("Conv", "Relu", "Conv", "Add", "GlobalAveragePool", "Reshape"));
}

/// A class token before the patches of each sample, as the file's batch of 1 has it; `reader` reads it too.
ModelBuilder class_token(const std::string& reader = "") {
  ModelBuilder model;
  model.input("x", {1, 4, 3}).weight("token", {1, 1, 3}).integers("rows", {0});
  ModelBuilder::set_integer(model.node("Gather", {"token", "rows"}, "class"), "axis", 0);
  ModelBuilder::set_integer(model.node("Concat", {"class", "x"}, "tokens"), "axis", 1);
  model.output("tokens");
  if (!reader.empty()) {
    model.node("Relu", {"class"}, reader);
    model.output(reader);
  }
  return model;
}

TEST(ReadOnnx, RowsThatAreRepeatedForEachSampleFollowTheBatch) {
  EXPECT_THAT(output_shape(class_token().read()), ElementsAre(1, 5, 3));
  const Graph four = class_token().read(4);
  EXPECT_THAT(output_shape(four), ElementsAre(4, 5, 3));
  EXPECT_THAT(types_of(four), ElementsAre("Gather", "Concat"))
      << "four copies of the row would be four times the weights";
  EXPECT_THAT(complaint(class_token("other"), 4), HasSubstr("(Concat): does not fit"))
      << "something else reads the row, which may be no matter of samples";
}

TEST(ReadOnnx, FillsADynamicFirstDimensionAndNoOther) {
  ModelBuilder model;
  model.input("x", {-1, 3}).node("Relu", {"x"}, "y");
  model.output("y");
  EXPECT_THAT(output_shape(model.read(5)), ElementsAre(5, 3));
  EXPECT_THAT(complaint(model, 0), HasSubstr("input 'x': dimension 0 ('d')"));
  ModelBuilder worse;
  worse.input("x", {1, -1}).node("Relu", {"x"}, "y");
  worse.output("y");
  EXPECT_THAT(complaint(worse), HasSubstr("input 'x': dimension 1 ('d')"));
}

TEST(ReadOnnx, WhatIsNoBatchKeepsItsSize) {
  const auto shapes = [](const ModelBuilder& model, std::int64_t batch) {
    std::vector<Shape> all;
    const Graph graph = model.read(batch);
    for (const ValueId input : graph.inputs) all.push_back(graph.values[input].shape);
    return all;
  };
  ModelBuilder open;  // the weights come first
  open.input("w", {4, 3}).input("x", {-1, 4}).node("MatMul", {"x", "w"}, "y");
  open.output("y");
  EXPECT_THAT(shapes(open, 7), ElementsAre(Shape{4, 3}, Shape{7, 4}));
  ModelBuilder fixed;
  fixed.input("x", {2, 4}).input("w", {4, 3}).input("z", {2, 3}).node("MatMul", {"x", "w"}, "p");
  fixed.node("Add", {"p", "z"}, "y");
  fixed.output("y");
  EXPECT_THAT(shapes(fixed, 7), ElementsAre(Shape{7, 4}, Shape{4, 3}, Shape{7, 3}));
  EXPECT_THAT(shapes(fixed, 0), ElementsAre(Shape{2, 4}, Shape{4, 3}, Shape{2, 3}));
}

struct PoolCase {
  Dims input, kernel, strides, pads, output;
  std::int64_t ceil = 1;
};

/// As the text of operator set 22 has them.
const PoolCase kPools[] = {
    {.input = {7, 7}, .kernel = {2, 2}, .strides = {2, 2}, .pads = {1, 1, 1, 1}, .output = {4, 4}},
    {.input = {8, 8}, .kernel = {1, 1}, .strides = {2, 2}, .pads = {0, 0, 0, 0}, .output = {4, 4}},
    {.input = {8, 8}, .kernel = {2, 2}, .strides = {4, 3}, .pads = {0, 0, 0, 0}, .output = {2, 3}},
    {.input = {6, 7}, .kernel = {3, 3}, .strides = {2, 2}, .pads = {0, 0, 0, 0}, .output = {3, 3}},
    {.input = {6, 7}, .kernel = {3, 3}, .strides = {2, 2}, .pads = {0, 0, 0, 0}, .output = {2, 3}, .ceil = 0},
    {.input = {6, 6}, .kernel = {2, 2}, .strides = {2, 2}, .pads = {0, 0, 2, 2}, .output = {3, 3}},
    {.input = {6, 6}, .kernel = {2, 2}, .strides = {2, 2}, .pads = {0, 0, 1, 1}, .output = {3, 3}, .ceil = 0}};

TEST(ReadOnnx, NoWindowOfAPoolBeginsBehindTheInput) {
  for (const char* type : {"MaxPool", "AveragePool", "LpPool"})
    for (const PoolCase& c : kPools) {
      ModelBuilder model(22);
      model.input("x", {1, 2, c.input[0], c.input[1]});
      auto& node = model.node(type, {"x"}, "y");
      ModelBuilder::set_integers(node, "kernel_shape", c.kernel);
      ModelBuilder::set_integers(node, "strides", c.strides);
      ModelBuilder::set_integers(node, "pads", c.pads);
      ModelBuilder::set_integer(node, "ceil_mode", c.ceil);
      model.node("Relu", {"y"}, "z");
      model.output("z");
      EXPECT_THAT(output_shape(model.read()), ElementsAre(1, 2, c.output[0], c.output[1])) << type;
    }
}

TEST(ReadOnnx, BothOutputsOfAPoolHaveItsShape) {
  ModelBuilder model;
  model.input("x", {1, 2, 7});
  auto& node = model.node("MaxPool", {"x"}, "y");
  node.add_output("places");
  ModelBuilder::set_integers(node, "kernel_shape", {2});
  ModelBuilder::set_integers(node, "strides", {2});
  ModelBuilder::set_integers(node, "pads", {1, 1});
  ModelBuilder::set_integer(node, "ceil_mode", 1);
  model.output("y").output("places");
  const Graph graph = model.read();
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 2, 4));
  EXPECT_THAT(output_shape(graph, 1), ElementsAre(1, 2, 4));
}

TEST(ReadOnnx, PoolsOfNewerSetsHaveDilations) {
  for (const char* type : {"MaxPool", "AveragePool", "LpPool"}) {
    ModelBuilder model(22);
    model.input("x", {1, 2, 8});
    auto& node = model.node(type, {"x"}, "y");
    ModelBuilder::set_integers(node, "kernel_shape", {3});
    ModelBuilder::set_integers(node, "dilations", {2});
    model.output("y");
    EXPECT_THAT(output_shape(model.read()), ElementsAre(1, 2, 4)) << type;
  }
}

TEST(ReadOnnx, ABatchOfZeroKeepsTheSizesOfTheFile) {
  ModelBuilder model;
  model.input("x", {3, 4}).input("y", {4}).node("Add", {"x", "y"}, "z");
  model.output("z");
  EXPECT_THAT(output_shape(model.read(0)), ElementsAre(3, 4));
}

TEST(ReadOnnx, FoldsTheShapeComputationsOfExporters) {
  ModelBuilder model;
  model.input("x", {-1, 6, 4}).integers("zero", {0}).integers("rest", {-1});
  model.node("Shape", {"x"}, "shape");
  model.node("Gather", {"shape", "zero"}, "first");
  model.node("Concat", {"first", "rest"}, "target").add_attribute()->CopyFrom([] {
    onnx::AttributeProto axis;
    axis.set_name("axis");
    axis.set_type(onnx::AttributeProto::INT);
    axis.set_i(0);
    return axis;
  }());
  model.node("Reshape", {"x", "target"}, "y");
  model.output("y");
  const Graph graph = model.read(2);
  EXPECT_THAT(types_of(graph), ElementsAre("Reshape"));
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 24));
}

TEST(ReadOnnx, FoldsArithmeticOnShapes) {
  ModelBuilder model;
  model.input("x", {1, 12}).integers("k", {3}).integers("one", {1});
  model.node("Shape", {"x"}, "shape");
  model.integers("start", {1}).integers("end", {2});
  model.node("Slice", {"shape", "start", "end"}, "width");
  model.node("Div", {"width", "k"}, "third");  // 4
  model.node("Sub", {"third", "one"}, "three");
  model.node("Mul", {"three", "one"}, "rows");
  model.integers("batch", {1});
  ModelBuilder::set_integer(model.node("Concat", {"batch", "rows", "third"}, "target"), "axis", 0);
  model.node("Reshape", {"x", "target"}, "y");
  model.output("y");
  EXPECT_THAT(output_shape(model.read()), ElementsAre(1, 3, 4));
}

TEST(ReadOnnx, FoldsRemaindersWithTheSignThatIsAskedFor) {
  for (const std::int64_t fmod : {0, 1}) {
    ModelBuilder model;
    model.input("x", {1, 2, 3}, onnx::TensorProto::INT64).integers("a", {-7, 7, 7}).integers("b", {3, -3, 3});
    ModelBuilder::set_integer(model.node("Mod", {"a", "b"}, "rest"), "fmod", fmod);
    model.node("Add", {"x", "rest"}, "y");
    model.output("y");
    const Graph graph = model.read();
    ASSERT_THAT(types_of(graph), ElementsAre("Add"));
    const Tensor rest = materialize(graph.constants.at(graph.nodes[NodeId(0)].inputs[1]));
    EXPECT_THAT(rest.as<std::int64_t>(), fmod != 0 ? ElementsAre(-1, 1, 1) : ElementsAre(2, -2, 1));
  }
}

TEST(ReadOnnx, DropsIdentityAndDropoutButKeepsTheNamesOfOutputs) {
  ModelBuilder model;
  model.input("x", {1, 3}).node("Identity", {"x"}, "a");
  model.node("Relu", {"a"}, "b");
  model.node("Dropout", {"b"}, "c").add_output("mask");
  model.node("Sigmoid", {"c"}, "d");
  model.node("Identity", {"d"}, "result");
  model.output("result");
  const Graph graph = model.read();
  EXPECT_THAT(types_of(graph), ElementsAre("Relu", "Sigmoid"));
  EXPECT_EQ(graph.values[graph.outputs.at(0)].name, "result");
}

TEST(ReadOnnx, KeepsLargeFillersUnexpanded) {
  ModelBuilder model;
  model.input("x", {1, 64, 512, 512}).integers("extent", {64}).integers("axes", {1, 2});
  model.node("ConstantOfShape", {"extent"}, "filler");
  model.node("Unsqueeze", {"filler", "axes"}, "scale");
  model.node("Mul", {"x", "scale"}, "y");
  model.output("y");
  const Graph graph = model.read();
  ASSERT_THAT(types_of(graph), ElementsAre("Mul"));
  ASSERT_EQ(graph.constants.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<SplatWeights>(graph.constants.begin()->second.content));
  EXPECT_THAT(graph.constants.begin()->second.shape, ElementsAre(64, 1, 1));
}

TEST(ReadOnnx, NamesAreUniqueAndNodesAreSorted) {
  ModelBuilder model;
  model.input("x", {1, 3});
  model.node("Relu", {"b"}, "c").set_name("same");
  model.node("Relu", {"a"}, "b").set_name("same");
  model.node("Relu", {"x"}, "a");
  model.output("c");
  const Graph graph = model.read();
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("Relu_2", "same_2", "same"));
}

TEST(ReadOnnx, SaysWhichNodeIsWrong) {
  ModelBuilder cycle;
  cycle.input("x", {1, 3}).node("Add", {"x", "c"}, "b").set_name("first");
  cycle.node("Relu", {"b"}, "c").set_name("second");
  cycle.output("c");
  EXPECT_THAT(complaint(cycle), HasSubstr("node 'first' (Add): is on a cycle"));

  ModelBuilder dangling;
  dangling.input("x", {1, 3}).node("Add", {"x", "nowhere"}, "y").set_name("sum");
  dangling.output("y");
  EXPECT_THAT(complaint(dangling), HasSubstr("node 'sum' (Add): reads the value 'nowhere'"));

  ModelBuilder unknown;
  unknown.input("x", {1, 3}).node("Frobnicate", {"x"}, "y").set_name("odd");
  unknown.output("y");
  EXPECT_THAT(complaint(unknown), HasSubstr("node 'odd' (Frobnicate): operator 'Frobnicate' of domain 'ai.onnx'"));

  ModelBuilder twice;
  twice.input("x", {1, 3}).node("Relu", {"x"}, "y");
  twice.node("Tanh", {"x"}, "y").set_name("again");
  twice.output("y");
  EXPECT_THAT(complaint(twice), HasSubstr("node 'again' (Tanh): makes the value 'y'"));

  ModelBuilder branches;
  branches.input("x", {1, 3});
  auto& attribute = *branches.node("If", {"x"}, "y").add_attribute();
  attribute.set_name("then_branch");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  attribute.mutable_g()->set_name("inner");
  branches.output("y");
  EXPECT_THAT(complaint(branches), HasSubstr("(If): attribute 'then_branch'"));

  ModelBuilder misfit;
  misfit.input("x", {1, 3}).weight("w", {5, 2});
  misfit.node("MatMul", {"x", "w"}, "y").set_name("product");
  misfit.output("y");
  EXPECT_THAT(complaint(misfit), HasSubstr("node 'product' (MatMul): does not fit its inputs [1,3][5,2]"));

  ModelBuilder reshape;
  reshape.input("x", {1, 6}).integers("t", {4, 2}).node("Reshape", {"x", "t"}, "y").set_name("r");
  reshape.output("y");
  EXPECT_THAT(complaint(reshape), HasSubstr("node 'r' (Reshape): cannot give [1, 6] the shape [4, 2]"));
}

TEST(ReadOnnx, RejectsWhatWouldCrashTheShapeLibrary) {
  ModelBuilder model = small_network();
  for (auto& node : *model.graph().mutable_node())
    if (node.op_type() == "Conv") ModelBuilder::set_integers(node, "strides", {0, 1});
  EXPECT_THAT(complaint(model), HasSubstr("attribute 'strides' must be positive"));

  ModelBuilder ranks;
  ranks.input("x", {1, 4, 8}).weight("w", {4});
  ranks.node("ConvTranspose", {"x", "w"}, "y");
  ranks.output("y");
  EXPECT_THAT(complaint(ranks), HasSubstr("has weights of 1 dimensions for an input of 3"));

  ModelBuilder scalar(6);
  scalar.input("x", {}).input("w", {2}).node("Gemm", {"x", "w", "w"}, "y");
  scalar.output("y");
  EXPECT_THAT(complaint(scalar, 0), HasSubstr("multiplies what is no matrix"));
}

TEST(ReadOnnx, LoadsNewerVersionsWhoseOperatorsAreKnown) {
  ModelBuilder model(21);
  model.proto.set_ir_version(10);
  model.input("x", {2, 3, 4}).integers("axes", {2});
  model.node("ReduceMean", {"x", "axes"}, "m");  // axes became an input in 18
  model.node("Gelu", {"m"}, "y");                // born in 20
  model.output("y");
  EXPECT_THAT(output_shape(model.read(0)), ElementsAre(2, 3, 1));
}

TEST(ReadOnnx, AlignsOperandsOfOldOperatorSets) {
  ModelBuilder model(6);
  model.input("x", {1, 4, 5, 5}).weight("b", {4});
  auto& sum = model.node("Add", {"x", "b"}, "y");
  ModelBuilder::set_integer(sum, "broadcast", 1);
  ModelBuilder::set_integer(sum, "axis", 1);
  model.output("y");
  const Graph graph = model.read();
  EXPECT_THAT(graph.constants.at(graph.nodes[NodeId(0)].inputs[1]).shape, ElementsAre(4, 1, 1));
  ModelBuilder computed = model;
  computed.graph().clear_initializer();
  computed.input("b", {4});
  EXPECT_THAT(complaint(computed, 0), HasSubstr("operator sets before 7"));
}

TEST(ReadOnnx, LeavesRawDataInTheFile) {
  const TemporaryFolder folder("lazy");
  ModelBuilder model;
  model.input("x", {1, 64}).weight("w", {64, 32}).node("MatMul", {"x", "w"}, "y");
  model.output("y");
  write_bytes(folder.path / "m.onnx", model.bytes());
  const Graph graph = read_onnx(folder.path / "m.onnx", {});
  const Constant& constant = graph.constants.begin()->second;
  ASSERT_TRUE(std::holds_alternative<FileWeights>(constant.content));
  const Tensor elements = materialize(constant);
  EXPECT_EQ(elements.as<float>()[100], 12.5F);
  EXPECT_EQ(elements, materialize(model.read().constants.begin()->second)) << "as held in memory";
}

/// A large weight, so that it is not among what shapes are computed with.
TEST(ReadOnnx, CastsOfWeightsAreWeights) {
  const TemporaryFolder folder("cast");
  ModelBuilder model;
  model.input("x", {1, 600}).weight("w", {600, 300});
  std::vector<std::uint16_t> halves(600 * 300, 0x3c00);  // ones
  halves[1] = 0xc100;                                    // -2.5
  auto& stored = *model.graph().mutable_initializer(0);
  stored.set_data_type(onnx::TensorProto::FLOAT16);
  stored.set_raw_data(halves.data(), 2 * halves.size());
  auto& cast = model.node("Cast", {"w"}, "float_w");
  ModelBuilder::set_integer(cast, "to", onnx::TensorProto::FLOAT);
  model.node("MatMul", {"x", "float_w"}, "y");
  model.output("y");
  write_bytes(folder.path / "m.onnx", model.bytes());
  for (const Graph& graph : {read_onnx(folder.path / "m.onnx", {}), model.read()}) {
    ASSERT_EQ(graph.nodes.size(), 1U);
    ASSERT_EQ(graph.constants.size(), 1U);
    const Constant& constant = graph.constants.begin()->second;
    EXPECT_EQ(constant.type, DataType::float32);
    EXPECT_EQ(graph.values[graph.constants.begin()->first].type, DataType::float32);
    const Tensor elements = materialize(constant);
    EXPECT_EQ(elements.as<float>()[0], 1.0F);
    EXPECT_EQ(elements.as<float>()[1], -2.5F);
  }
}

struct ExternalData {
  TemporaryFolder folder{"external"};
  ModelBuilder model;

  explicit ExternalData(const std::string& location, std::size_t bytes = 4096) {
    std::filesystem::create_directories(folder.path / "models");
    write_bytes(folder.path / "models" / "w.bin", std::string(bytes, '\0'));
    write_bytes(folder.path / "outside.bin", std::string(4096, '\0'));
    auto& tensor = *model.graph().add_initializer();
    tensor.set_name("w");
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(16);
    tensor.add_dims(8);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto entry = [&](const std::string& key, const std::string& value) {
      tensor.add_external_data()->set_key(key);
      tensor.mutable_external_data()->rbegin()->set_value(value);
    };
    entry("location", location);
    entry("offset", "512");
    entry("length", "512");
    model.input("x", {1, 16}).node("MatMul", {"x", "w"}, "y");
    model.output("y");
    write_bytes(folder.path / "models" / "m.onnx", model.bytes());
  }
  [[nodiscard]] std::string outcome() const {
    try {
      const Graph graph = read_onnx(folder.path / "models" / "m.onnx", {});
      const auto& weights = std::get<FileWeights>(graph.constants.begin()->second.content);
      return weights.offset == 512 ? "read" : "wrong offset";
    } catch (const InputError& error) {
      return error.what();
    }
  }
};

TEST(ReadOnnx, FindsExternalDataBesideTheModelOnly) {
  EXPECT_EQ(ExternalData("w.bin").outcome(), "read");
  EXPECT_THAT(ExternalData("../outside.bin").outcome(), HasSubstr("outside the folder of the model"));
  EXPECT_THAT(ExternalData("/etc/hostname").outcome(), HasSubstr("outside the folder of the model"));
  EXPECT_THAT(ExternalData("missing.bin").outcome(), HasSubstr("which is not there"));
  EXPECT_THAT(ExternalData("w.bin", 1000).outcome(), HasSubstr("which has only 1000"));
}

TEST(ReadOnnx, ReadsTensorMessages) {
  const TemporaryFolder folder("tensor");
  ModelBuilder model;
  model.integers("t", {4, -5, 6});
  write_bytes(folder.path / "t.pb", model.graph().initializer(0).SerializeAsString());
  const Tensor tensor = read_onnx_tensor(folder.path / "t.pb");
  EXPECT_EQ(tensor.type, DataType::int64);
  EXPECT_THAT(tensor.as<std::int64_t>(), ElementsAre(4, -5, 6));
  write_bytes(folder.path / "t.pb", "not a tensor");
  EXPECT_THROW((void)read_onnx_tensor(folder.path / "t.pb"), InputError);
}

TEST(ReadOnnx, WhatIsNoModelIsSaidToBeNone) {
  EXPECT_THAT(complaint(""), HasSubstr("is not an ONNX model"));
  EXPECT_THAT(complaint("{\"schema\": 1}"), HasSubstr("is not an ONNX model"));
  const std::string bytes = small_network().bytes();
  EXPECT_THAT(complaint(bytes.substr(0, bytes.size() / 2)), HasSubstr("is not an ONNX model"));
  EXPECT_THROW((void)read_onnx("no/such/file.onnx", {}), InputError);
  EXPECT_THROW((void)read_onnx(std::filesystem::temp_directory_path(), {}), InputError);
}

/// Reads and merges; anything but success or InputError is a defect.
bool survives(const std::string& bytes) {
  try {
    (void)make_network(std::make_shared<const Graph>(read_onnx_bytes(bytes, "test.onnx", {})), 1);
  } catch (const InputError&) {
    return true;
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
    return false;
  }
  return true;
}

TEST(ReadOnnx, SurvivesTruncationAnywhere) {
  const std::string bytes = small_network().bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 7) EXPECT_TRUE(survives(bytes.substr(0, size)));
}

TEST(ReadOnnx, SurvivesRandomMutations) {
  const std::string bytes = small_network().bytes();
  std::mt19937 random(1);
  for (int trial = 0; trial < 300; ++trial) {
    std::string mutated = bytes;
    for (unsigned flips = random() % 3 + 1; flips > 0; --flips)
      mutated[random() % mutated.size()] = static_cast<char>(random());
    EXPECT_TRUE(survives(mutated)) << "trial " << trial;
  }
}

/// Real topologies whose weights were replaced by generator nodes. MACs and parameters as counted by an independent
/// runner.
class LightModels : public testing::TestWithParam<std::tuple<const char*, double, double, int>> {};

TEST_P(LightModels, HaveTheirKnownWork) {
  const auto& [name, gmacs, mparams, operators] = GetParam();
  const std::filesystem::path path = std::filesystem::path(CLEAVE_SOURCE_DIR) / "../shared/workloads/onnx-light" /
                                     (std::string("light_") + name + ".onnx");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const Network network = read_network(path.string());
  EXPECT_NEAR(static_cast<double>(network.macs()) / 1e9, gmacs, 0.0006);
  EXPECT_NEAR(static_cast<double>(network.parameters()) / 1e6, mparams, 0.006);
  EXPECT_EQ(network.operators.size(), static_cast<std::size_t>(operators));
  for (const Node& node : network.graph->nodes) {
    EXPECT_NE(node.type, "ConstantOfShape");
    EXPECT_NE(node.type, "Dropout");
    EXPECT_NE(node.type, "Unsqueeze");
  }
  const Network batch = read_network(path.string(), {.batch = 3});
  EXPECT_EQ(batch.macs(), 3 * network.macs());
  EXPECT_EQ(batch.operators.size(), network.operators.size());
  EXPECT_EQ(batch.batch, 3);
}

// Operators: resnet50 has 53 convolutions, 1 Gemm, 2 pools, 1 Softmax; vgg19 16, 3, 5, 1; squeezenet 26 convolutions,
// 8 concatenations, 4 pools, 1 Softmax; shufflenet 49, 1 Gemm, 5 pools, 1 Softmax, 3 concatenations, each with a Relu
// that nothing in front of it can absorb; inception 57, 1 Gemm, 14 pools, 9 concatenations, 2 LRN, 1 Softmax.
INSTANTIATE_TEST_SUITE_P(All, LightModels,
                         testing::Values(std::tuple{"resnet50", 4.089, 25.61, 57},
                                         std::tuple{"vgg19", 19.632, 143.67, 25},
                                         std::tuple{"squeezenet", 0.349, 1.23, 39},
                                         std::tuple{"shufflenet", 0.125, 1.42, 62},
                                         std::tuple{"inception_v1", 1.432, 7.00, 84}),
                         [](const auto& model) { return std::string(std::get<0>(model.param)); });

}  // namespace
}  // namespace cleave
