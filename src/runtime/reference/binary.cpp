/// Functions of the elements of several tensors that broadcast to one shape.

#include "runtime/reference/operator.hpp"

#include <cmath>

namespace cleave::reference {
namespace {

/// Before operator set 7 the second operand broadcasts only where `broadcast` says so, and its first axis is aligned
/// with axis `axis` of the first (default: its last with the last); the slopes of PRelu belong to channels.
/// Gives its shape with that alignment made plain.
Shape aligned_shape(const NodeView& view, std::size_t index) {
  Shape shape = view.shape(index);
  const std::size_t rank = view.shape(0).size();
  const bool slopes = view.node.type == "PRelu" && shape.size() == 1 && shape[0] > 1 && rank > 1;
  if (index == 0 || view.opset() >= 7 || (!slopes && !view.node.has("axis"))) return shape;
  const std::size_t axis = slopes ? 1 : axis_of(view.integer("axis", 0), rank);
  require(axis + shape.size() <= rank, "the second operand has too many axes for its alignment");
  shape.insert(shape.end(), rank - axis - shape.size(), 1);
  return shape;
}

void check(const NodeView& view) {
  for (std::size_t i = 0; i < view.node.inputs.size(); ++i) {
    require(broadcasts_to(aligned_shape(view, i), view.output().shape), "the operands do not broadcast to the output");
  }
}

Array operand(const Call& call, std::size_t index) {
  return broadcast_to({aligned_shape(call, index), call.array(index).data}, call.output().shape);
}

/// Folds all operands, left to right.
template <class F>
Array fold(const Call& call, const F& f) {
  Array y = operand(call, 0);
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    const Array x = operand(call, i);
    for (std::size_t j = 0; j < y.data.size(); ++j) y.data[j] = f(y.data[j], x.data[j]);
  }
  return y;
}

template <auto F>
std::vector<Array> folded(const Call& call) {
  return {fold(call, F)};
}

// As numpy: what is not a number stays so.
double maximum(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double minimum(double a, double b) { return std::isnan(a) || a < b ? a : b; }

std::vector<Array> mean(const Call& call) {
  Array y = fold(call, [](double a, double b) { return a + b; });
  for (double& x : y.data) x /= static_cast<double>(call.inputs.size());
  return {y};
}

/// One more than the largest number of a type of signed integers; 0 for other types.
double beyond_largest(DataType type) {
  const bool is_signed =
      type == DataType::int8 || type == DataType::int16 || type == DataType::int32 || type == DataType::int64;
  return is_signed ? std::ldexp(1.0, static_cast<int>(8 * size_of(type)) - 1) : 0;
}

/// Integer quotients are cut toward zero when they are stored; the smallest integer divided by -1 wraps around.
std::vector<Array> quotient(const Call& call) {
  Array y = fold(call, [](double a, double b) { return a / b; });
  if (const double beyond = beyond_largest(call.output().type); beyond > 0)
    for (double& x : y.data)
      if (x == beyond) x = -beyond;
  return {y};
}

/// The remainder has the sign of the divisor; with fmod=1, that of the dividend.
std::vector<Array> mod(const Call& call) {
  if (call.integer("fmod", 0) != 0) return folded<[](double a, double b) { return std::fmod(a, b); }>(call);
  return folded<[](double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); }>(call);
}

std::vector<Array> prelu(const Call& call) {
  return folded<[](double x, double slope) { return x < 0 ? slope * x : x; }>(call);
}

std::vector<Array> where(const Call& call) {
  const Shape& shape = call.output().shape;
  const Array condition = broadcast_to(call.array(0), shape);
  const Array yes = broadcast_to(call.array(1), shape);
  Array y = broadcast_to(call.array(2), shape);
  for (std::size_t i = 0; i < y.data.size(); ++i) {
    if (condition.data[i] != 0) y.data[i] = yes.data[i];
  }
  return {y};
}

constexpr Operator two(std::string_view type, Compute compute) { return {type, 2, 2, 1, compute, check}; }
constexpr Operator several(std::string_view type, Compute compute) { return {type, 1, any_number, 1, compute, check}; }

constexpr Operator rows[] = {
    two("Add", folded<[](double a, double b) { return a + b; }>),
    two("And", folded<[](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }>),
    two("Div", quotient),
    two("Equal", folded<[](double a, double b) { return a == b ? 1.0 : 0.0; }>),
    two("Greater", folded<[](double a, double b) { return (a > b) ? 1.0 : 0.0; }>),
    two("GreaterOrEqual", folded<[](double a, double b) { return a >= b ? 1.0 : 0.0; }>),
    two("Less", folded<[](double a, double b) { return a < b ? 1.0 : 0.0; }>),
    two("LessOrEqual", folded<[](double a, double b) { return a <= b ? 1.0 : 0.0; }>),
    several("Max", folded<maximum>),
    several("Mean", mean),
    several("Min", folded<minimum>),
    two("Mod", mod),
    two("Mul", folded<[](double a, double b) { return a * b; }>),
    two("Or", folded<[](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }>),
    two("PRelu", prelu),
    two("Pow", folded<[](double a, double b) { return std::pow(a, b); }>),
    two("Sub", folded<[](double a, double b) { return a - b; }>),
    several("Sum", folded<[](double a, double b) { return a + b; }>),
    {"Where", 3, 3, 1, where, check_broadcast},
    two("Xor", folded<[](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; }>),
};

}  // namespace

std::span<const Operator> binary_operators() { return rows; }

}  // namespace cleave::reference
