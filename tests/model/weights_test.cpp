#include "model/model_builder.hpp"
#include "model/numbers.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cleave {
namespace {

using testing::Each;
using testing::ElementsAre;

Constant seeded(std::uint64_t seed, const Shape& shape, DataType type = DataType::float32) {
  return {.type = type, .shape = shape, .content = SeededWeights{.seed = seed, .mean = 2, .stddev = 0.5}};
}

TEST(Materialize, DrawsTheSameNumbersWhateverTheSize) {
  const Tensor large = materialize(seeded(7, {1000, 100}));
  const Tensor small = materialize(seeded(7, {10}));
  EXPECT_TRUE(std::equal(small.bytes.begin(), small.bytes.end(), large.bytes.begin()));
  EXPECT_NE(small, materialize(seeded(8, {10})));
}

TEST(Materialize, DrawsWithTheMeanAndDeviationAskedFor) {
  const Tensor tensor = materialize(seeded(1, {200000}));
  const auto elements = tensor.as<float>();
  const double mean = std::accumulate(elements.begin(), elements.end(), 0.0) / 200000;
  double variance = 0;
  for (const float x : elements) variance += (x - mean) * (x - mean) / 200000;
  EXPECT_NEAR(mean, 2, 0.01);
  EXPECT_NEAR(std::sqrt(variance), 0.5, 0.005);
  EXPECT_LE(*std::max_element(elements.begin(), elements.end()), 2 + 0.5 * std::sqrt(3.0) + 1e-6);
}

TEST(Materialize, EncodesHalfPrecision) {
  const auto bits = [](DataType type, double value) {
    return materialize({.type = type, .shape = {}, .content = SplatWeights{value}}).as<std::uint16_t>()[0];
  };
  EXPECT_EQ(bits(DataType::float16, 1), 0x3c00);
  EXPECT_EQ(bits(DataType::float16, -2.5), 0xc100);
  EXPECT_EQ(bits(DataType::float16, 65504), 0x7bff);
  EXPECT_EQ(bits(DataType::float16, 1e6), 0x7c00);
  EXPECT_EQ(bits(DataType::float16, 0x1p-24), 0x0001);
  EXPECT_EQ(bits(DataType::float16, 0x1p-14), 0x0400);
  EXPECT_EQ(bits(DataType::float16, 2047.6), 0x6800) << "rounds up into the next exponent";
  EXPECT_EQ(bits(DataType::bfloat16, 1), 0x3f80);
  EXPECT_EQ(bits(DataType::bfloat16, 1.00390625), 0x3f80) << "ties go to even";
  EXPECT_EQ(bits(DataType::bfloat16, 1e39), 0x7f80);
}

TEST(Cast, EveryHalfComesBackFromTheFloatThatItIs) {
  for (const DataType type : {DataType::float16, DataType::bfloat16}) {
    Tensor all(type, {65536});
    for (std::size_t i = 0; i < 65536; ++i) all.as<std::uint16_t>()[i] = static_cast<std::uint16_t>(i);
    const Tensor floats = cast(all, DataType::float32);
    const Tensor back = cast(floats, type);
    for (std::size_t i = 0; i < 65536; ++i) {
      const bool is_number = !std::isnan(floats.as<float>()[i]);
      ASSERT_EQ(back.as<std::uint16_t>()[i], is_number ? i : type == DataType::float16 ? 0x7e00U : 0x7fc0U) << i;
    }
  }
  Tensor some(DataType::float16, {5});
  const std::uint16_t bits[] = {0x3c00, 0xc100, 0x0001, 0x7bff, 0xfc00};
  std::copy(std::begin(bits), std::end(bits), some.as<std::uint16_t>().begin());
  EXPECT_THAT(cast(some, DataType::float32).as<float>(),
              testing::ElementsAre(1.0F, -2.5F, 0x1p-24F, 65504.0F, -std::numeric_limits<float>::infinity()));
}

TEST(Cast, IsThatOfOnnx) {
  const auto one = [](DataType from, double value, DataType to) {
    const Tensor cast_once = cast(materialize({.type = from, .shape = {}, .content = SplatWeights{value}}), to);
    return cast(cast_once, DataType::float64).as<double>()[0];
  };
  EXPECT_EQ(one(DataType::float64, 1e-30, DataType::boolean), 1);
  EXPECT_EQ(one(DataType::float32, -2.7, DataType::int8), -2) << "cut towards zero";
  EXPECT_EQ(one(DataType::boolean, 1, DataType::float16), 1);
  EXPECT_EQ(one(DataType::int64, 16777217, DataType::float32), 16777216);
  EXPECT_EQ(one(DataType::uint64, 3e9, DataType::float32), 3e9);
  EXPECT_EQ(one(DataType::bfloat16, 1.5, DataType::int32), 1);
}

TEST(Materialize, RepeatsSplats) {
  const Tensor tensor = materialize({.type = DataType::int64, .shape = {2, 2}, .content = SplatWeights{-3}});
  EXPECT_THAT(tensor.as<std::int64_t>(), Each(-3));
  EXPECT_EQ(tensor.as<std::int64_t>().size(), 4U);
}

TEST(Materialize, SaysWhichFileIsTooShort) {
  const Constant constant{.type = DataType::float32, .shape = {4}, .content = FileWeights{"no/such/file", 8}};
  EXPECT_THROW((void)materialize(constant), InputError);
}

/// Weights of one value, as exporters strip them.
ModelBuilder stripped_network() {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).integers("wide", {6, 4, 3, 3}).integers("channels", {6});
  model.node("ConstantOfShape", {"wide"}, "w");
  for (const char* name : {"scale", "bias", "mean", "variance"}) model.node("ConstantOfShape", {"channels"}, name);
  model.node("Conv", {"x", "w"}, "c");
  model.node("BatchNormalization", {"c", "scale", "bias", "mean", "variance"}, "y");
  model.output("y");
  return model;
}

TEST(SeededWeightsOf, KeepSignalsAliveAndVariancesPositive) {
  const Network network = make_network(std::make_shared<const Graph>(stripped_network().read()), 1);
  const Network drawn = with_seeded_weights(network, 5);
  for (const auto& [id, constant] : drawn.graph->constants) {
    const auto* weights = std::get_if<SeededWeights>(&constant.content);
    ASSERT_TRUE(weights);
    const std::string& name = drawn.graph->values[id].name;
    EXPECT_EQ(weights->mean, name == "scale" || name == "variance" ? 1 : 0) << name;
    EXPECT_NEAR(weights->stddev, name == "w" ? std::sqrt(2.0 / 36) : 0.1, 1e-12) << name;
  }
  const auto seed_of = [](const Network& from) {
    return std::get<SeededWeights>(from.graph->constants.begin()->second.content).seed;
  };
  EXPECT_EQ(seed_of(drawn), seed_of(with_seeded_weights(network, 5)));
  EXPECT_NE(seed_of(drawn), seed_of(with_seeded_weights(network, 6)));
  EXPECT_EQ(drawn.operators.size(), network.operators.size());
}

TEST(WriteOnnx, ReadsBackAsTheSameNetwork) {
  const TemporaryFolder folder("write");
  const std::string path = (folder.path / "copy.onnx").string();
  const Network network =
      with_seeded_weights(make_network(std::make_shared<const Graph>(stripped_network().read()), 1), 5);
  write_onnx(network, path);
  EXPECT_NO_THROW(onnx::checker::check_model(path));
  const Network copy = read_network(path);
  ASSERT_EQ(copy.operators.size(), network.operators.size());
  for (const OpId op : network.operators.ids()) {
    EXPECT_EQ(copy.operators[op].name, network.operators[op].name);
    EXPECT_EQ(copy.operators[op].macs, network.operators[op].macs);
    EXPECT_EQ(copy.operators[op].parameters, network.operators[op].parameters);
  }
  const auto elements = [](const Network& from, const std::string& name) {
    for (const auto& [id, constant] : from.graph->constants)
      if (from.graph->values[id].name == name) return materialize(constant);
    return Tensor();
  };
  EXPECT_EQ(elements(copy, "w"), elements(network, "w"));
  EXPECT_EQ(elements(copy, "variance"), elements(network, "variance"));
}

TEST(WriteOnnx, ChecksZooTopologies) {
  const TemporaryFolder folder("zoo");
  const Network network = read_network("zoo:squeezenet");
  write_onnx(network, folder.path / "z.onnx");
  EXPECT_NO_THROW(onnx::checker::check_model((folder.path / "z.onnx").string()));
  const Network copy = read_network((folder.path / "z.onnx").string());
  EXPECT_EQ(copy.macs(), network.macs());
  EXPECT_EQ(copy.parameters(), network.parameters());
  EXPECT_EQ(copy.operators.size(), network.operators.size());
}

TEST(WriteOnnx, RefusesMoreThanTwoGibibytesAndLeavesNoFile) {
  const TemporaryFolder folder("large");
  ModelBuilder model;
  model.input("x", {1, 30000}).integers("shape", {30000, 30000});
  model.node("ConstantOfShape", {"shape"}, "w");
  model.node("MatMul", {"x", "w"}, "y");
  model.output("y");
  const Network network = make_network(std::make_shared<const Graph>(model.read()), 1);
  EXPECT_THROW(write_onnx(network, folder.path / "big.onnx"), InputError);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path));
}

TEST(ReadNetwork, PicksTheReaderByName) {
  EXPECT_THROW((void)read_network("model.pt"), UsageError);
  EXPECT_THROW((void)read_network("no/such/file.onnx"), InputError);
  EXPECT_THROW((void)read_network("no/such/file.csv"), InputError);
  EXPECT_THROW((void)read_network("zoo:nothing"), UsageError);
  EXPECT_THROW((void)read_network("zoo:resnet18", {.batch = 0}), UsageError);
  EXPECT_THROW((void)read_network("model.onnx", {.batch = -1}), Error);
}

}  // namespace
}  // namespace cleave
