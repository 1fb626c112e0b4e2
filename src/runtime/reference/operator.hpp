#pragma once
/// What an operator of the oracle is: a row in a table, with a check and a function.

#include "runtime/reference/array.hpp"

#include <cleave/graph.hpp>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cleave::reference {

/// A node cannot be computed; says why.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool holds, const std::string& otherwise);

/// A node and what the graph knows about it. Shapes are static, so most mistakes show here.
struct NodeView {
  const Graph& graph;
  const Node& node;

  [[nodiscard]] int opset() const { return graph.opset; }
  /// An optional input may be left out at the end of the list or be an invalid id.
  [[nodiscard]] bool has_input(std::size_t index) const;
  [[nodiscard]] const Value& input(std::size_t index) const { return graph.values[node.inputs[index]]; }
  [[nodiscard]] const Shape& shape(std::size_t index) const { return input(index).shape; }
  [[nodiscard]] const Value& output(std::size_t index = 0) const { return graph.values[node.outputs[index]]; }

  [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t fallback) const;
  [[nodiscard]] double real(const std::string& key, float fallback) const;
  [[nodiscard]] std::string text(const std::string& key, const std::string& fallback) const;
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& key) const;
};

/// A node with the values of its inputs.
struct Call : NodeView {
  std::vector<const Array*> inputs = {};  ///< null where an optional input is absent

  [[nodiscard]] const Array& array(std::size_t index) const { return *inputs[index]; }
  /// The elements of an input that holds axes, sizes or positions.
  [[nodiscard]] std::vector<std::int64_t> integers_of(std::size_t index) const;
  /// The attribute `key` (older operator sets), else input `index`, else nothing.
  [[nodiscard]] std::vector<std::int64_t> integers_from(const std::string& key, std::size_t index) const;
};

/// Both expect that the shapes of the inputs are those in the graph.
using Check = void (*)(const NodeView&);              ///< throws Refusal
using Compute = std::vector<Array> (*)(const Call&);  ///< throws Refusal when a value (an index) makes no sense

struct Operator {
  std::string_view type;
  std::size_t inputs_min;
  std::size_t inputs_max;
  std::size_t outputs_max;
  Compute compute;
  Check check;
};
inline constexpr std::size_t any_number = 1'000'000;

inline void nothing_to_check(const NodeView&) {}

/// `axis` counted from the front. Throws Refusal when it is outside [-rank, rank).
[[nodiscard]] std::size_t axis_of(std::int64_t axis, std::size_t rank);
/// Every input must broadcast to the shape of the output.
void check_broadcast(const NodeView& view);
/// The output must have as many elements as the first input.
void check_same_count(const NodeView& view);
/// The output must have the shape of the first input.
void check_same_shape(const NodeView& view);

// One table per family, in the file of that name.
[[nodiscard]] std::span<const Operator> conv_operators();
[[nodiscard]] std::span<const Operator> matmul_operators();
[[nodiscard]] std::span<const Operator> pool_operators();
[[nodiscard]] std::span<const Operator> unary_operators();
[[nodiscard]] std::span<const Operator> binary_operators();
[[nodiscard]] std::span<const Operator> movement_operators();
[[nodiscard]] std::span<const Operator> indexing_operators();
[[nodiscard]] std::span<const Operator> creation_operators();
[[nodiscard]] std::span<const Operator> normalization_operators();
[[nodiscard]] std::span<const Operator> reduction_operators();

/// Null when there is no such operator.
[[nodiscard]] const Operator* find_operator(std::string_view type);

}  // namespace cleave::reference
