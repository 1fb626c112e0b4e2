/// Inputs and attributes that do not fit each other are refused when the model is read.

#include "complaint.hpp"
#include "model/model_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Matcher;

/// A node of x, and of weights w0, w1, ... of these shapes.
struct FitCase {
  std::string type;
  Dims input;
  std::vector<Dims> weights;
  std::function<void(onnx::NodeProto&)> attributes;
  std::string problem;  ///< empty: it fits
};

std::function<void(onnx::NodeProto&)> integers(const std::string& name, const Dims& values) {
  return [=](onnx::NodeProto& node) { ModelBuilder::set_integers(node, name, values); };
}

std::function<void(onnx::NodeProto&)> integer(const std::string& name, std::int64_t value) {
  return [=](onnx::NodeProto& node) { ModelBuilder::set_integer(node, name, value); };
}

/// kernel_shape, and pads, of a pool.
std::function<void(onnx::NodeProto&)> window(const Dims& kernel, const Dims& pads) {
  return [=](onnx::NodeProto& node) {
    ModelBuilder::set_integers(node, "kernel_shape", kernel);
    ModelBuilder::set_integers(node, "pads", pads);
  };
}

void nothing(onnx::NodeProto&) {}

const Dims image{1, 4, 8, 8};

const FitCase cases[] = {
    {"Conv", image, {{8, 4, 3, 3}, {8}}, nothing, ""},
    {"Conv", image, {{8, 2, 3, 3}, {8}}, integer("group", 2), ""},
    {"Conv", image, {{8, 4, 3, 3}}, integers("kernel_shape", {3, 3}), ""},
    {"Conv", image, {{8, 4, 3, 3}}, integers("pads", {9, 9, 9, 9}), ""},
    {"Conv",
     image,
     {{8, 3, 3, 3}},
     nothing,
     "has weights of shape [8, 3, 3, 3] in 1 groups for an input of 4 channels"},
    {"Conv", image, {{8, 4, 3, 3}}, integer("group", 2), "in 2 groups for an input of 4 channels"},
    {"Conv", image, {{7, 2, 3, 3}}, integer("group", 2), "has 2 groups for 4 channels in and 7 out"},
    {"Conv", image, {{9, 1, 3, 3}}, integer("group", 3), "has 3 groups for 4 channels in and 9 out"},
    {"Conv", image, {{8, 4, 3, 3}, {5}}, nothing, "has a bias of shape [5] for 8 channels"},
    {"Conv", image, {{8, 4, 3, 3}}, integers("kernel_shape", {5, 5}), "has the kernel_shape [5, 5]"},
    {"Conv", image, {{8, 4, 3, 3}}, integers("pads", {0, -1, 0, 0}), "has the pads [0, -1, 0, 0]"},
    {"ConvTranspose", image, {{4, 3, 2, 2}, {6}}, integer("group", 2), ""},
    {"ConvTranspose", image, {{5, 3, 2, 2}}, nothing, "in 1 groups for an input of 4 channels"},
    {"ConvTranspose", image, {{4, 3, 2, 2}, {3}}, integer("group", 2), "has a bias of shape [3] for 6 channels"},
    {"MaxPool", image, {}, window({3, 3}, {2, 2, 2, 2}), ""},
    {"MaxPool", image, {}, window({3, 3}, {-1, 0, 0, 0}), "has the pads [-1, 0, 0, 0]"},
    {"MaxPool", image, {}, window({2, 2}, {0, 2, 0, 0}), "has windows of 2 with pads of 2 and 0"},
    {"AveragePool", image, {}, window({2, 2}, {0, 0, 3, 0}), "has windows of 2 with pads of 0 and 3"},
    {"Gemm", {2, 6}, {{6, 5}, {1, 5}}, nothing, ""},
    {"Gemm", {2, 6}, {{5, 6}}, integer("transB", 1), ""},
    {"Gemm", {2, 6}, {{7, 5}}, nothing, "multiplies [2, 6] by [7, 5]"},
    {"Gemm", {2, 6}, {{2, 5}, {5}}, integer("transA", 1), ""},
    {"Gemm", {2, 6}, {{6, 5}}, integer("transA", 1), "multiplies [2, 6] transposed by [6, 5]"},
    {"Gemm", {2, 6}, {{6, 5}, {4}}, nothing, "has a third factor of shape [4], which does not broadcast to [2, 5]"},
    {"PRelu", image, {{4, 1, 1}}, nothing, ""},
    {"PRelu", image, {{3}}, nothing, "has a slope of shape [3], which does not broadcast to [1, 4, 8, 8]"},
    {"PRelu", image, {{2, 1, 4, 8, 8}}, nothing, "has a slope of shape [2, 1, 4, 8, 8]"},
    {"LayerNormalization", image, {{8, 1}, {8}}, integer("axis", 2), ""},
    {"LayerNormalization", image, {{9}}, nothing, "has a scale of shape [9]"},
    {"LayerNormalization", image, {{8}, {3}}, nothing, "has a bias of shape [3]"},
    {"LayerNormalization", image, {{8}}, integer("axis", 4), "normalizes from axis 4 on an input of 4 dimensions"},
    {"LayerNormalization", image, {{8}}, integer("axis", -5), "normalizes from axis -5"},
    {"InstanceNormalization", image, {{4}, {4}}, nothing, ""},
    {"InstanceNormalization", image, {{4}, {5}}, nothing, "has a bias of shape [5] for 4 channels"},
    {"LRN", image, {}, integer("size", 1), ""},
    {"LRN", image, {}, integer("size", 0), "normalizes over 0 channels"},
    {"LRN", image, {}, integer("size", -1), "normalizes over -1 channels"},
    {"Clip", image, {{}, {1}}, nothing, ""},
    {"Clip", image, {{4}}, nothing, "has a bound of shape [4]"},
};

std::string complaint_about(const FitCase& c) {
  ModelBuilder model(17);
  model.input("x", c.input);
  std::vector<std::string> inputs{"x"};
  for (const Dims& dims : c.weights) {
    inputs.push_back("w" + std::to_string(inputs.size()));
    model.weight(inputs.back(), dims);
  }
  auto& node = model.node(c.type, inputs, "y");
  node.set_name("it");
  c.attributes(node);
  model.output("y");
  return complaint_of([&] { (void)model.read(0); });
}

TEST(ShapesFit, WhatDoesNotIsRefusedWithTheNodeAndTheRepair) {
  for (const FitCase& c : cases) {
    const std::string place = "test.onnx: node 'it' (" + c.type + "): ";
    const Matcher<std::string> expected = AllOf(HasSubstr(place), HasSubstr(c.problem), HasSubstr("; "));
    EXPECT_THAT(complaint_about(c), c.problem.empty() ? Matcher<std::string>("no complaint") : expected) << place;
  }
}

TEST(ShapesFit, ConstantIndicesLieWithinTheirTable) {
  for (const std::int64_t index : {-3, 2, 3, -4}) {
    ModelBuilder model;
    model.input("x", {1, 3}).integers("i", {0, index});
    ModelBuilder::set_integer(model.node("Gather", {"x", "i"}, "y"), "axis", 1);
    model.output("y");
    const std::string complaint = complaint_of([&] { (void)model.read(0); });
    const bool fits = index == -3 || index == 2;
    EXPECT_THAT(complaint,
                HasSubstr(fits ? "no complaint" : "takes index " + std::to_string(index) + " of an axis of 3; "));
  }
}

}  // namespace
}  // namespace cleave
