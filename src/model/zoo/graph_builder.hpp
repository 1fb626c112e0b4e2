#pragma once
/// Writing down a topology: one function per kind of layer, each returns the value it computes.

#include <cleave/graph.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cleave::zoo {

using Attributes = std::map<std::string, Attribute>;

/// Convolution geometry, height before width; the same stride both ways.
struct ConvOptions {
  std::int64_t out = 0;  ///< channels
  std::array<std::int64_t, 2> kernel = {1, 1};
  std::int64_t stride = 1;
  std::array<std::int64_t, 2> pad = {0, 0};
  std::int64_t groups = 1;
  bool bias = false;
  /// Weights have variance gain / fan_in: 2 undoes what a ReLU in front took away
  /// (He et al., "Delving deep into rectifiers", 2015), 1 keeps an input that is not rectified.
  double gain = 2;
};

struct LinearOptions {
  bool bias = true;
  double gain = 1;  ///< as for convolutions
};

struct PoolOptions {
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
  std::int64_t pad = 0;
  bool ceil = false;  ///< the last window may hang over the edge
};

/// Grows a Graph of opset 13 node by node. A node's name is also the name of its output, a
/// constant's name is its layer's name and role ("conv1.weight").
///
/// Two kinds of constants: *weights*, what training would set, are SeededWeights with
/// seed = fnv1a(name); everything else (shapes, scalars, masks, indices) is an exact Tensor.
/// So the trainable parameters of a zoo graph are the elements of its SeededWeights, less the
/// running means and variances of BatchNormalization (inputs 3 and 4), which training measures
/// but does not learn.
class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name);

  ValueId input(const std::string& name, DataType type, Shape shape);
  ValueId weights(const std::string& name, Shape shape, double mean, double stddev);
  ValueId constant(const std::string& name, Tensor tensor);
  ValueId scalar(float value);
  ValueId integers(const std::vector<std::int64_t>& values);
  ValueId index(std::int64_t value);

  /// Any node with one output, of this shape and of the type of its first input.
  ValueId node(const std::string& type, const std::string& name, std::vector<ValueId> inputs, Shape shape,
               Attributes attributes = {});

  ValueId conv(ValueId x, const std::string& name, const ConvOptions& options);
  /// `scale` is the mean of the learned scale: below 1 where a branch joins a residual sum.
  ValueId batch_norm(ValueId x, const std::string& name, double scale = 1, float epsilon = 1e-5F);
  ValueId max_pool(ValueId x, const std::string& name, const PoolOptions& options);
  ValueId average_pool(ValueId x, const std::string& name, const PoolOptions& options);
  ValueId global_average_pool(ValueId x, const std::string& name);
  ValueId flatten(ValueId x, const std::string& name);
  /// Gemm on [rows, features].
  ValueId linear(ValueId x, const std::string& name, std::int64_t out, const LinearOptions& options = {});
  ValueId relu(ValueId x, const std::string& name) { return unary("Relu", x, name); }
  ValueId relu6(ValueId x, const std::string& name);

  ValueId unary(const std::string& type, ValueId x, const std::string& name);
  /// Elementwise with broadcasting: "Add", "Mul", ...
  ValueId binary(const std::string& type, ValueId a, ValueId b, const std::string& name);
  ValueId concat(const std::vector<ValueId>& parts, const std::string& name, std::int64_t axis);
  std::vector<ValueId> split(ValueId x, const std::string& name, std::int64_t parts, std::int64_t axis);
  /// 0 keeps the dimension at that place, -1 takes what is left.
  ValueId reshape(ValueId x, const std::string& name, const std::vector<std::int64_t>& target);
  ValueId transpose(ValueId x, const std::string& name, const std::vector<std::int64_t>& permutation);
  ValueId matmul(ValueId a, ValueId b, const std::string& name);
  ValueId softmax(ValueId x, const std::string& name);
  ValueId mean_of_last(ValueId x, const std::string& name);
  ValueId gather(ValueId table, ValueId indices, const std::string& name, std::int64_t axis = 0);

  [[nodiscard]] const Shape& shape(ValueId value) const { return graph_.values[value].shape; }
  [[nodiscard]] Graph finish(std::vector<ValueId> outputs) &&;

 private:
  ValueId value(const std::string& name, DataType type, Shape shape);
  ValueId shared(const std::string& name, Tensor tensor);
  ValueId pool(const std::string& type, ValueId x, const std::string& name, const PoolOptions& options,
               Attributes attributes);

  Graph graph_;
  std::map<std::string, ValueId> shared_;  ///< constants that layers have in common, by name
};

}  // namespace cleave::zoo
