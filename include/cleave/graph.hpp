#pragma once
/// The executable level of a network: ONNX nodes, values and constants, shapes known.

#include <cleave/index.hpp>
#include <cleave/tensor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// Weights that are drawn, not stored: element i is a function of (seed, i) alone.
struct SeededWeights {
  std::uint64_t seed = 0;
  double mean = 0;
  double stddev = 0;  ///< of a uniform distribution around `mean` (cheap, bounded, reproducible)
};
/// Every element equal.
struct SplatWeights {
  double value = 0;
};
/// Raw little-endian elements in a file; read when needed.
struct FileWeights {
  std::string path;
  std::uint64_t offset = 0;
  std::optional<DataType> type = {};  ///< that they have there, and are cast from; none: that of the constant
};

/// A constant tensor. Large ones stay unmaterialised until a backend asks for them, so that
/// planning for a network of gigabytes costs kilobytes.
struct Constant {
  DataType type = DataType::float32;
  Shape shape = {};
  std::variant<Tensor, SplatWeights, SeededWeights, FileWeights> content = SplatWeights{};
};

/// The elements of a constant. Throws InputError when a weight file cannot be read.
[[nodiscard]] Tensor materialize(const Constant& constant);

using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                               std::vector<std::string>, Tensor>;

/// A tensor of the graph: a constant, an input, or what a node computes.
struct Value {
  std::string name;
  DataType type = DataType::float32;
  Shape shape = {};
};

/// One ONNX operator. Absent optional inputs are invalid ids.
struct Node {
  std::string name;
  std::string type;    ///< ONNX op_type, e.g. "Conv"
  std::string domain;  ///< "" for the standard operators
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::map<std::string, Attribute> attributes;

  /// The attribute if present and of type T, else `fallback`.
  template <class T>
  [[nodiscard]] T attribute(const std::string& key, T fallback) const {
    const auto found = attributes.find(key);
    if (found == attributes.end()) return fallback;
    const T* value = std::get_if<T>(&found->second);
    return value ? *value : fallback;
  }
  [[nodiscard]] bool has(const std::string& key) const { return attributes.contains(key); }
};

/// Nodes in topological order; every value has a known type and shape.
struct Graph {
  std::string name;
  int opset = 0;  ///< version of the standard operator set the nodes follow
  IndexVector<ValueId, Value> values;
  IndexVector<NodeId, Node> nodes;
  std::map<ValueId, Constant> constants;
  std::vector<ValueId> inputs;  ///< without the constants
  std::vector<ValueId> outputs;
};

}  // namespace cleave
