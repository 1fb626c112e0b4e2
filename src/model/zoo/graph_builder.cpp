#include "model/zoo/graph_builder.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace cleave::zoo {
namespace {

template <class T>
Tensor tensor_of(DataType type, Shape shape, const std::vector<T>& elements) {
  Tensor tensor(type, std::move(shape));
  std::copy(elements.begin(), elements.end(), tensor.as<T>().begin());
  return tensor;
}

/// Number of windows along one axis.
std::int64_t windows(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool ceil) {
  return (in + 2 * pad - kernel + (ceil ? stride - 1 : 0)) / stride + 1;
}

/// Shape of an elementwise result; extents of 1 stretch.
Shape broadcast(const Shape& a, const Shape& b) {
  Shape result = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  const std::size_t offset = result.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) result[offset + i] = std::max(result[offset + i], shorter[i]);
  return result;
}

}  // namespace

GraphBuilder::GraphBuilder(std::string name) {
  graph_.name = std::move(name);
  graph_.opset = 13;
}

ValueId GraphBuilder::value(const std::string& name, DataType type, Shape shape) {
  return graph_.values.push_back({name, type, std::move(shape)});
}

ValueId GraphBuilder::input(const std::string& name, DataType type, Shape shape) {
  graph_.inputs.push_back(value(name, type, std::move(shape)));
  return graph_.inputs.back();
}

ValueId GraphBuilder::weights(const std::string& name, Shape shape, double mean, double stddev) {
  const ValueId id = value(name, DataType::float32, shape);
  graph_.constants[id] = {DataType::float32, std::move(shape), SeededWeights{fnv1a(name), mean, stddev}};
  return id;
}

ValueId GraphBuilder::constant(const std::string& name, Tensor tensor) {
  const ValueId id = value(name, tensor.type, tensor.shape);
  graph_.constants[id] = {tensor.type, tensor.shape, std::move(tensor)};
  return id;
}

ValueId GraphBuilder::shared(const std::string& name, Tensor tensor) {
  const auto found = shared_.find(name);
  if (found != shared_.end()) return found->second;
  return shared_[name] = constant(name, std::move(tensor));
}

ValueId GraphBuilder::scalar(float number) {
  return shared(fmt::format("scalar.{}", number), tensor_of<float>(DataType::float32, {}, {number}));
}

ValueId GraphBuilder::integers(const std::vector<std::int64_t>& values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return shared(fmt::format("integers.{}", fmt::join(values, ",")), tensor_of(DataType::int64, {count}, values));
}

ValueId GraphBuilder::index(std::int64_t number) {
  return shared(fmt::format("index.{}", number), tensor_of<std::int64_t>(DataType::int64, {}, {number}));
}

ValueId GraphBuilder::node(const std::string& type, const std::string& name, std::vector<ValueId> inputs, Shape shape,
                           Attributes attributes) {
  const ValueId out = value(name, graph_.values[inputs.front()].type, std::move(shape));
  graph_.nodes.push_back({name, type, "", std::move(inputs), {out}, std::move(attributes)});
  return out;
}

ValueId GraphBuilder::conv(ValueId x, const std::string& name, const ConvOptions& options) {
  const auto [batch, in, height, width] = std::array{shape(x)[0], shape(x)[1], shape(x)[2], shape(x)[3]};
  const auto [kernel_h, kernel_w] = options.kernel;
  const auto [pad_h, pad_w] = options.pad;
  const std::int64_t fan_in = in / options.groups * kernel_h * kernel_w;
  std::vector<ValueId> inputs = {x, weights(name + ".weight", {options.out, in / options.groups, kernel_h, kernel_w}, 0,
                                            std::sqrt(options.gain / static_cast<double>(fan_in)))};
  if (options.bias) inputs.push_back(weights(name + ".bias", {options.out}, 0, 0.05));
  const Shape out = {batch, options.out, windows(height, kernel_h, options.stride, pad_h, false),
                     windows(width, kernel_w, options.stride, pad_w, false)};
  return node("Conv", name, inputs, out,
              {{"kernel_shape", std::vector{kernel_h, kernel_w}},
               {"strides", std::vector{options.stride, options.stride}},
               {"pads", std::vector{pad_h, pad_w, pad_h, pad_w}},
               {"dilations", std::vector<std::int64_t>{1, 1}},
               {"group", options.groups}});
}

ValueId GraphBuilder::batch_norm(ValueId x, const std::string& name, double scale, float epsilon) {
  const Shape channels = {shape(x)[1]};
  const std::vector<ValueId> inputs = {
      x, weights(name + ".weight", channels, scale, 0.1 * scale), weights(name + ".bias", channels, 0, 0.05),
      weights(name + ".running_mean", channels, 0, 0.05), weights(name + ".running_var", channels, 1, 0.1)};
  return node("BatchNormalization", name, inputs, shape(x), {{"epsilon", epsilon}});
}

ValueId GraphBuilder::pool(const std::string& type, ValueId x, const std::string& name, const PoolOptions& options,
                           Attributes attributes) {
  const auto [kernel, stride, pad, ceil] = options;
  const Shape& in = shape(x);
  const Shape out = {in[0], in[1], windows(in[2], kernel, stride, pad, ceil),
                     windows(in[3], kernel, stride, pad, ceil)};
  attributes["kernel_shape"] = std::vector{kernel, kernel};
  attributes["strides"] = std::vector{stride, stride};
  attributes["pads"] = std::vector{pad, pad, pad, pad};
  attributes["ceil_mode"] = std::int64_t{ceil};
  return node(type, name, {x}, out, std::move(attributes));
}

ValueId GraphBuilder::max_pool(ValueId x, const std::string& name, const PoolOptions& options) {
  return pool("MaxPool", x, name, options, {});
}

ValueId GraphBuilder::average_pool(ValueId x, const std::string& name, const PoolOptions& options) {
  return pool("AveragePool", x, name, options, {{"count_include_pad", std::int64_t{1}}});
}

ValueId GraphBuilder::global_average_pool(ValueId x, const std::string& name) {
  return node("GlobalAveragePool", name, {x}, {shape(x)[0], shape(x)[1], 1, 1});
}

ValueId GraphBuilder::flatten(ValueId x, const std::string& name) {
  return node("Flatten", name, {x}, {shape(x)[0], element_count(shape(x)) / shape(x)[0]}, {{"axis", std::int64_t{1}}});
}

ValueId GraphBuilder::linear(ValueId x, const std::string& name, std::int64_t out, const LinearOptions& options) {
  const std::int64_t in = shape(x).back();
  std::vector<ValueId> inputs = {
      x, weights(name + ".weight", {out, in}, 0, std::sqrt(options.gain / static_cast<double>(in)))};
  if (options.bias) inputs.push_back(weights(name + ".bias", {out}, 0, 0.05));
  return node("Gemm", name, inputs, {shape(x)[0], out}, {{"transB", std::int64_t{1}}});
}

ValueId GraphBuilder::relu6(ValueId x, const std::string& name) {
  return node("Clip", name, {x, scalar(0), scalar(6)}, shape(x));
}

ValueId GraphBuilder::unary(const std::string& type, ValueId x, const std::string& name) {
  return node(type, name, {x}, shape(x));
}

ValueId GraphBuilder::binary(const std::string& type, ValueId a, ValueId b, const std::string& name) {
  return node(type, name, {a, b}, broadcast(shape(a), shape(b)));
}

ValueId GraphBuilder::concat(const std::vector<ValueId>& parts, const std::string& name, std::int64_t axis) {
  const auto along = static_cast<std::size_t>(axis);
  Shape out = shape(parts.front());
  out[along] = 0;
  for (const ValueId part : parts) out[along] += shape(part)[along];
  return node("Concat", name, parts, out, {{"axis", axis}});
}

std::vector<ValueId> GraphBuilder::split(ValueId x, const std::string& name, std::int64_t parts, std::int64_t axis) {
  Shape part = shape(x);
  part[static_cast<std::size_t>(axis)] /= parts;
  const std::vector<std::int64_t> sizes(static_cast<std::size_t>(parts), part[static_cast<std::size_t>(axis)]);
  Node splitting{name, "Split", "", {x, integers(sizes)}, {}, {{"axis", axis}}};
  for (std::int64_t i = 0; i < parts; ++i)
    splitting.outputs.push_back(value(fmt::format("{}.{}", name, i), DataType::float32, part));
  return graph_.nodes[graph_.nodes.push_back(std::move(splitting))].outputs;
}

ValueId GraphBuilder::reshape(ValueId x, const std::string& name, const std::vector<std::int64_t>& target) {
  Shape out = target;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] == 0) out[i] = shape(x)[i];
  const auto rest = std::find(out.begin(), out.end(), -1);
  if (rest != out.end()) *rest = -element_count(shape(x)) / element_count(out);
  return node("Reshape", name, {x, integers(target)}, out);
}

ValueId GraphBuilder::transpose(ValueId x, const std::string& name, const std::vector<std::int64_t>& permutation) {
  Shape out;
  for (const std::int64_t axis : permutation) out.push_back(shape(x)[static_cast<std::size_t>(axis)]);
  return node("Transpose", name, {x}, out, {{"perm", permutation}});
}

ValueId GraphBuilder::matmul(ValueId a, ValueId b, const std::string& name) {
  Shape out = shape(a);
  out.back() = shape(b).back();
  return node("MatMul", name, {a, b}, out);
}

ValueId GraphBuilder::softmax(ValueId x, const std::string& name) {
  return node("Softmax", name, {x}, shape(x), {{"axis", std::int64_t{-1}}});
}

ValueId GraphBuilder::mean_of_last(ValueId x, const std::string& name) {
  Shape out = shape(x);
  out.back() = 1;
  return node("ReduceMean", name, {x}, out, {{"axes", std::vector<std::int64_t>{-1}}, {"keepdims", std::int64_t{1}}});
}

ValueId GraphBuilder::gather(ValueId table, ValueId indices, const std::string& name, std::int64_t axis) {
  const auto cut = shape(table).begin() + axis;
  Shape out(shape(table).begin(), cut);
  out.insert(out.end(), shape(indices).begin(), shape(indices).end());
  out.insert(out.end(), cut + 1, shape(table).end());
  return node("Gather", name, {table, indices}, out, {{"axis", axis}});
}

Graph GraphBuilder::finish(std::vector<ValueId> outputs) && {
  graph_.outputs = std::move(outputs);
  return std::move(graph_);
}

}  // namespace cleave::zoo
