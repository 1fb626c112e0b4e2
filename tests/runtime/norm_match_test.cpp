/// Layer normalisations that are written out: which are taken for one, and what is computed then.

#include "runtime/cpu/fusion.hpp"
#include "runtime/graph_maker.hpp"
#include "runtime/stage_runs.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

using Ints = std::vector<std::int64_t>;

/// What may be otherwise in a normalisation of [2, 5, 24].
struct Written {
  float exponent = 2;
  Ints axes = {-1};
  Shape scale = {24};
  bool squares_deviation_of_input = false, shows_centred = false, has_shift = true;
};

Network network_of(const Written& written) {
  GraphMaker net;
  const Shape shape{2, 5, 24};
  Shape means = shape;
  for (const std::int64_t axis : written.axes) means[static_cast<std::size_t>((axis + 3) % 3)] = 1;
  const std::map<std::string, Attribute> reduction{{"axes", written.axes}};
  const ValueId x = net.node("Relu", {net.input(shape)}, shape);
  const ValueId centred = net.node("Sub", {x, net.node("ReduceMean", {x}, means, reduction)}, shape);
  const ValueId squares =
      net.node("Pow", {written.squares_deviation_of_input ? x : centred, net.number(written.exponent)}, shape);
  const ValueId variance = net.node("ReduceMean", {squares}, means, reduction);
  const ValueId deviation = net.node("Sqrt", {net.node("Add", {net.number(1e-3F), variance}, means)}, means);
  const ValueId normal = net.node("Div", {centred, deviation}, shape);
  ValueId y = net.node("Mul", {net.weights(written.scale), normal}, shape);
  if (written.has_shift) y = net.node("Add", {y, net.weights({24})}, shape);
  net.output(net.node("Add", {y, x}, shape));
  if (written.shows_centred) net.output(centred);
  return net.one_operator();
}

/// Whether one step stands for the normalisation. What is computed has to be right either way.
bool is_one_step(const Written& written) {
  const Network network = network_of(written);
  Known expected = known_inputs(*network.graph, 1), actual = expected;
  run_stage(network, op_range(0, 1), make_reference_backend, expected);
  run_stage(network, op_range(0, 1), make_cpu_backend, actual);
  for (const ValueId output : network.graph->outputs)
    for (std::size_t i = 0; i < expected.at(output).as<float>().size(); ++i)
      EXPECT_NEAR(actual.at(output).as<float>()[i], expected.at(output).as<float>()[i], 2e-5F);
  const auto steps = cpu::fuse(*network.graph, cpu::count_reads(*network.graph), network.operators[OpId(0)].nodes);
  return std::ranges::any_of(steps, [](const cpu::Step& step) { return step.node->type == "LayerNormalization"; });
}

TEST(WrittenOutNorms, AreOneStep) {
  EXPECT_TRUE(is_one_step({}));
  EXPECT_TRUE(is_one_step({.axes = {2}}));
  EXPECT_TRUE(is_one_step({.scale = {1, 1, 24}}));
}

TEST(WrittenOutNorms, WhatIsNearlyOneIsNot) {
  EXPECT_FALSE(is_one_step({.exponent = 4}));
  EXPECT_FALSE(is_one_step({.axes = {1}}));
  EXPECT_FALSE(is_one_step({.axes = {1, 2}}));
  EXPECT_FALSE(is_one_step({.scale = {5, 1}}));
  EXPECT_FALSE(is_one_step({.scale = {}}));
  EXPECT_FALSE(is_one_step({.squares_deviation_of_input = true}));
  EXPECT_FALSE(is_one_step({.shows_centred = true}));
  EXPECT_FALSE(is_one_step({.has_shift = false}));
}

}  // namespace
}  // namespace cleave
