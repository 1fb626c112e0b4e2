#include "model/evaluate_small.hpp"
#include "model/numbers.hpp"
#include "model/positions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

namespace cleave {

namespace {

using Inputs = std::vector<const Tensor*>;
using Result = std::optional<Tensor>;

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

/// Mod with fmod=1: the remainder has the sign of the dividend, as in C.
const Binary& remainder_of_dividend() {
  static const Binary functions{
      [](std::int64_t a, std::int64_t b) { return divides(a, b) ? std::optional(a % b) : std::nullopt; },
      [](double a, double b) { return std::optional(std::fmod(a, b)); }};
  return functions;
}

Result binary(const Node& node, const Inputs& inputs, const Value& output) {
  if (inputs.size() != 2 || !inputs[0] || !inputs[1]) return std::nullopt;
  const bool of_dividend = node.type == "Mod" && node.attribute<std::int64_t>("fmod", 0) != 0;
  const Binary& functions = of_dividend ? remainder_of_dividend() : binaries().at(node.type);
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
    std::map<std::string, Function> all{{"Range", range}};
    for (const auto& [type, ignored] : binaries()) all.emplace(type, binary);
    for (const auto& [type, ignored] : unaries()) all.emplace(type, unary);
    return all;
  }();
  return table;
}

}  // namespace

std::optional<Tensor> evaluate_arithmetic(const Node& node, const std::vector<const Tensor*>& inputs,
                                          const Value& output) {
  const auto found = functions().find(node.type);
  return found == functions().end() ? std::nullopt : found->second(node, inputs, output);
}

}  // namespace cleave
