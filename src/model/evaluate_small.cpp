#include "model/evaluate_small.hpp"

#include "model/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

namespace cleave {

namespace {

using Inputs = std::vector<const Tensor*>;
using Positions = std::vector<std::int64_t>;  ///< of elements in a source tensor, one per output element
using Result = std::optional<Tensor>;

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

/// For each element of `shape`, in row-major order, the sum of start + index * step over the axes.
Positions walk(const Shape& shape, const Shape& steps, std::int64_t start = 0) {
  Positions positions{start};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    Positions finer;
    finer.reserve(positions.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::int64_t position : positions)
      for (std::int64_t i = 0; i < shape[axis]; ++i) finer.push_back(position + i * steps[axis]);
    positions = std::move(finer);
  }
  return positions;
}

/// Where each element of `target` comes from when `source` is broadcast to it.
std::optional<Positions> broadcast(const Shape& source, const Shape& target) {
  if (source.size() > target.size()) return std::nullopt;
  const std::size_t missing = target.size() - source.size();
  const Shape strides = strides_of(source);
  Shape steps(target.size(), 0);
  for (std::size_t axis = 0; axis < source.size(); ++axis) {
    if (source[axis] != 1 && source[axis] != target[axis + missing]) return std::nullopt;
    steps[axis + missing] = source[axis] == 1 ? 0 : strides[axis];
  }
  return walk(target, steps);
}

/// The elements at `positions`; empty when one of them is outside.
Result pick(const Tensor& source, const Positions& positions, const Value& output) {
  Tensor tensor(output.type, output.shape);
  const std::int64_t count = element_count(source.shape);
  const std::size_t size = size_of(source.type);
  if (source.type != output.type || positions.size() * size != tensor.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] < 0 || positions[i] >= count) return std::nullopt;
    std::memcpy(tensor.bytes.data() + i * size, source.bytes.data() + static_cast<std::size_t>(positions[i]) * size,
                size);
  }
  return tensor;
}

std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  const auto extent = static_cast<std::int64_t>(rank);
  if (axis < -extent || axis >= extent) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + extent : axis);
}

const Tensor* input_at(const Inputs& inputs, std::size_t at) { return at < inputs.size() ? inputs[at] : nullptr; }

// ---- operators that move elements

Result gather(const Node& node, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  const Tensor* chosen = input_at(inputs, 1);
  if (!data || !chosen) return std::nullopt;
  const auto axis = axis_of(node.attribute<std::int64_t>("axis", 0), data->shape.size());
  const auto indices = integers_of(*chosen);
  if (!axis || !indices) return std::nullopt;
  const std::int64_t extent = data->shape[*axis];
  const auto split = data->shape.begin() + static_cast<std::ptrdiff_t>(*axis);
  const std::int64_t outer = element_count(Shape(data->shape.begin(), split));
  const std::int64_t inner = element_count(Shape(split + 1, data->shape.end()));
  Positions positions;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const std::int64_t index : *indices) {
      if (index < -extent || index >= extent) return std::nullopt;
      const std::int64_t row = o * extent + (index < 0 ? index + extent : index);
      for (std::int64_t i = 0; i < inner; ++i) positions.push_back(row * inner + i);
    }
  return pick(*data, positions, output);
}

/// starts, ends, axes, steps are inputs since operator set 10 and attributes before.
std::optional<std::vector<std::int64_t>> slice_argument(const Node& node, const Inputs& inputs, std::size_t at,
                                                        const std::string& name) {
  if (const Tensor* tensor = input_at(inputs, at)) return integers_of(*tensor);
  if (node.has(name)) return node.attribute<std::vector<std::int64_t>>(name, {});
  return std::nullopt;
}

Result slice(const Node& node, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  const auto starts = slice_argument(node, inputs, 1, "starts");
  const auto axes = slice_argument(node, inputs, 3, "axes");
  const auto strides = slice_argument(node, inputs, 4, "steps");
  if (!data || !starts || output.shape.size() != data->shape.size()) return std::nullopt;
  Shape steps = strides_of(data->shape);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    if ((axes && axes->size() != starts->size()) || (strides && strides->size() != starts->size())) return std::nullopt;
    const auto axis = axis_of(axes ? (*axes)[i] : static_cast<std::int64_t>(i), data->shape.size());
    if (!axis) return std::nullopt;
    const std::int64_t extent = data->shape[*axis];
    const std::int64_t step = strides ? std::clamp<std::int64_t>((*strides)[i], -extent, extent) : 1;
    std::int64_t start = (*starts)[i];
    if (start < 0) start += extent;
    first +=
        std::clamp<std::int64_t>(start, 0, step < 0 ? std::max<std::int64_t>(extent - 1, 0) : extent) * steps[*axis];
    steps[*axis] *= step;
  }
  return pick(*data, walk(output.shape, steps, first), output);
}

Result transpose(const Node& node, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  if (!data || data->shape.size() != output.shape.size()) return std::nullopt;
  const std::size_t rank = data->shape.size();
  std::vector<std::int64_t> backwards;
  for (std::size_t axis = rank; axis-- > 0;) backwards.push_back(static_cast<std::int64_t>(axis));
  const auto order = node.attribute("perm", backwards);
  const Shape strides = strides_of(data->shape);
  Shape steps;
  for (const std::int64_t axis : order) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
    steps.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  if (steps.size() != rank) return std::nullopt;
  return pick(*data, walk(output.shape, steps), output);
}

Result expand(const Node&, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  const auto positions = data ? broadcast(data->shape, output.shape) : std::nullopt;
  return positions ? pick(*data, *positions, output) : std::nullopt;
}

Result concat(const Node& node, const Inputs& inputs, const Value& output) {
  const auto axis = axis_of(node.attribute<std::int64_t>("axis", 0), output.shape.size());
  if (!axis || inputs.empty()) return std::nullopt;
  const auto split = output.shape.begin() + static_cast<std::ptrdiff_t>(*axis);
  const auto outer = static_cast<std::size_t>(element_count(Shape(output.shape.begin(), split)));
  Tensor tensor(output.type, output.shape);
  std::size_t written = 0;
  for (std::size_t o = 0; o < outer; ++o)
    for (const Tensor* part : inputs) {
      if (!part || part->type != output.type) return std::nullopt;
      const std::size_t bytes = part->bytes.size() / outer;
      if (bytes > tensor.bytes.size() - written) return std::nullopt;
      if (bytes > 0) std::memcpy(tensor.bytes.data() + written, part->bytes.data() + o * bytes, bytes);
      written += bytes;
    }
  return written == tensor.bytes.size() ? Result(std::move(tensor)) : std::nullopt;
}

Result where(const Node&, const Inputs& inputs, const Value& output) {
  if (inputs.size() != 3 || !inputs[0] || !inputs[1] || !inputs[2]) return std::nullopt;
  std::optional<Positions> from[3];
  for (std::size_t i = 0; i < 3; ++i)
    if (!(from[i] = broadcast(inputs[i]->shape, output.shape))) return std::nullopt;
  const auto condition = integers_of(*inputs[0]);
  Result chosen = pick(*inputs[1], *from[1], output);
  const Result other = pick(*inputs[2], *from[2], output);
  if (!condition || !chosen || !other) return std::nullopt;
  const std::size_t size = size_of(output.type);
  for (std::size_t i = 0; i < from[0]->size(); ++i)
    if ((*condition)[static_cast<std::size_t>((*from[0])[i])] == 0)
      std::memcpy(chosen->bytes.data() + i * size, other->bytes.data() + i * size, size);
  return chosen;
}

// ---- operators that compute

/// Applies `compute` to the elements of all inputs as whole numbers or as reals.
template <class Compute>
Result with_numbers(const Inputs& inputs, const Compute& compute) {
  std::vector<std::vector<std::int64_t>> integers;
  std::vector<std::vector<double>> reals;
  for (const Tensor* input : inputs) {
    if (!input) return std::nullopt;
    if (auto numbers = integers_of(*input)) integers.push_back(std::move(*numbers));
    if (auto numbers = reals_of(*input)) reals.push_back(std::move(*numbers));
  }
  if (integers.size() == inputs.size()) return compute(integers);
  if (reals.size() == inputs.size()) return compute(reals);
  return std::nullopt;
}

Result cast(const Node&, const Inputs& inputs, const Value& output) {
  if (inputs.empty() || !inputs[0]) return std::nullopt;
  return with_numbers({inputs[0]},
                      [&](const auto& numbers) { return tensor_of(output.type, output.shape, numbers[0]); });
}

Result range(const Node&, const Inputs& inputs, const Value& output) {
  if (inputs.size() != 3) return std::nullopt;
  return with_numbers(inputs, [&](const auto& numbers) -> Result {
    using T = typename std::decay_t<decltype(numbers)>::value_type::value_type;
    std::vector<T> series;
    for (const auto& argument : numbers)
      if (argument.size() != 1) return std::nullopt;
    constexpr double most = 1e15;
    if (std::abs(static_cast<double>(numbers[0][0])) > most || std::abs(static_cast<double>(numbers[2][0])) > most)
      return std::nullopt;
    for (std::int64_t i = 0; i < element_count(output.shape); ++i)
      series.push_back(numbers[0][0] + static_cast<T>(i) * numbers[2][0]);
    return tensor_of(output.type, output.shape, series);
  });
}

/// Wraps around instead of overflowing.
template <class Operation>
std::int64_t wrapped(std::int64_t a, std::int64_t b, Operation operation) {
  return static_cast<std::int64_t>(operation(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
}

bool divides(std::int64_t a, std::int64_t b) {
  return b != 0 && !(a == std::numeric_limits<std::int64_t>::min() && b == -1);
}

using IntegerFunction = std::optional<std::int64_t> (*)(std::int64_t, std::int64_t);
using RealFunction = std::optional<double> (*)(double, double);
struct Binary {
  IntegerFunction integer = nullptr;
  RealFunction real = nullptr;
};

const std::map<std::string, Binary>& binaries() {
  using I = std::int64_t;
  using OI = std::optional<I>;
  using OD = std::optional<double>;
  static const std::map<std::string, Binary> table{
      {"Add",
       {[](I a, I b) -> OI { return wrapped(a, b, std::plus<>()); }, [](double a, double b) -> OD { return a + b; }}},
      {"Sub",
       {[](I a, I b) -> OI { return wrapped(a, b, std::minus<>()); }, [](double a, double b) -> OD { return a - b; }}},
      {"Mul",
       {[](I a, I b) -> OI { return wrapped(a, b, std::multiplies<>()); },
        [](double a, double b) -> OD { return a * b; }}},
      {"Div",
       {[](I a, I b) -> OI { return divides(a, b) ? OI(a / b) : std::nullopt; },
        [](double a, double b) -> OD { return a / b; }}},
      {"Mod",
       {[](I a, I b) -> OI {
          if (!divides(a, b)) return std::nullopt;
          const I rest = a % b;  // the sign of the divisor, as in Python
          return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
        },
        nullptr}},
      {"Pow", {nullptr, [](double a, double b) -> OD { return std::pow(a, b); }}},
      {"Min", {[](I a, I b) -> OI { return std::min(a, b); }, [](double a, double b) -> OD { return std::min(a, b); }}},
      {"Max", {[](I a, I b) -> OI { return std::max(a, b); }, [](double a, double b) -> OD { return std::max(a, b); }}},
      {"Equal", {[](I a, I b) -> OI { return a == b; }, [](double a, double b) -> OD { return a == b; }}},
      {"Less", {[](I a, I b) -> OI { return a < b; }, [](double a, double b) -> OD { return a < b; }}},
      {"LessOrEqual", {[](I a, I b) -> OI { return a <= b; }, [](double a, double b) -> OD { return a <= b; }}},
      {"Greater", {[](I a, I b) -> OI { return a > b; }, [](double a, double b) -> OD { return a > b; }}},
      {"GreaterOrEqual", {[](I a, I b) -> OI { return a >= b; }, [](double a, double b) -> OD { return a >= b; }}},
      {"And", {[](I a, I b) -> OI { return a != 0 && b != 0; }, nullptr}},
      {"Or", {[](I a, I b) -> OI { return a != 0 || b != 0; }, nullptr}},
  };
  return table;
}

Result binary(const Node& node, const Inputs& inputs, const Value& output) {
  if (inputs.size() != 2 || !inputs[0] || !inputs[1]) return std::nullopt;
  const Binary& functions = binaries().at(node.type);
  const auto left = broadcast(inputs[0]->shape, output.shape);
  const auto right = broadcast(inputs[1]->shape, output.shape);
  if (!left || !right) return std::nullopt;
  return with_numbers(inputs, [&](const auto& numbers) -> Result {
    using T = typename std::decay_t<decltype(numbers)>::value_type::value_type;
    const auto function = [&] {
      if constexpr (std::is_same_v<T, double>)
        return functions.real;
      else
        return functions.integer;
    }();
    if (!function) return std::nullopt;
    std::vector<T> results;
    for (std::size_t i = 0; i < left->size(); ++i) {
      const auto value =
          function(numbers[0][static_cast<std::size_t>((*left)[i])], numbers[1][static_cast<std::size_t>((*right)[i])]);
      if (!value) return std::nullopt;
      results.push_back(*value);
    }
    return tensor_of(output.type, output.shape, results);
  });
}

using UnaryFunction = double (*)(double);

const std::map<std::string, UnaryFunction>& unaries() {
  static const std::map<std::string, UnaryFunction> table{
      {"Neg", [](double a) { return -a; }},
      {"Abs", [](double a) { return std::abs(a); }},
      {"Sqrt", [](double a) { return std::sqrt(a); }},
      {"Reciprocal", [](double a) { return 1 / a; }},
      {"Floor", [](double a) { return std::floor(a); }},
      {"Ceil", [](double a) { return std::ceil(a); }},
      {"Not", [](double a) { return a == 0 ? 1.0 : 0.0; }},
  };
  return table;
}

Result unary(const Node& node, const Inputs& inputs, const Value& output) {
  if (inputs.size() != 1) return std::nullopt;
  const UnaryFunction function = unaries().at(node.type);
  return with_numbers(inputs, [&](const auto& numbers) {
    constexpr double exact = 9007199254740992.0;  // 2^53: beyond, whole numbers and doubles differ
    std::vector<double> results;
    for (const auto number : numbers[0]) {
      if (inputs[0]->type == DataType::int64 && std::abs(static_cast<double>(number)) > exact) return Result();
      results.push_back(function(static_cast<double>(number)));
    }
    return tensor_of(output.type, output.shape, results);
  });
}

using Function = Result (*)(const Node&, const Inputs&, const Value&);

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> table = [] {
    std::map<std::string, Function> all{{"Gather", gather}, {"Slice", slice},   {"Transpose", transpose},
                                        {"Expand", expand}, {"Concat", concat}, {"Where", where},
                                        {"Cast", cast},     {"Range", range}};
    for (const auto& [type, ignored] : binaries()) all.emplace(type, binary);
    for (const auto& [type, ignored] : unaries()) all.emplace(type, unary);
    return all;
  }();
  return table;
}

}  // namespace

std::optional<Tensor> evaluate_small(const Node& node, const std::vector<const Tensor*>& inputs, const Value& output) {
  const auto found = functions().find(node.type);
  return found == functions().end() ? std::nullopt : found->second(node, inputs, output);
}

}  // namespace cleave
