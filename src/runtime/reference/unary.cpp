/// Functions of one element.

#include "runtime/reference/operator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave::reference {
namespace {

template <class F>
std::vector<Array> map(const Call& call, const F& f) {
  Array y = call.array(0);
  for (double& x : y.data) x = f(x);
  return {y};
}

template <auto F>
std::vector<Array> unary(const Call& call) {
  return map(call, F);
}

double sign(double x) { return x > 0 ? 1 : (x < 0 ? -1 : x); }

/// log(1 + exp(x)) without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

std::vector<Array> leaky_relu(const Call& call) {
  const double alpha = call.real("alpha", 0.01F);
  return map(call, [=](double x) { return x < 0 ? alpha * x : x; });
}

std::vector<Array> thresholded_relu(const Call& call) {
  const double alpha = call.real("alpha", 1);
  return map(call, [=](double x) { return x > alpha ? x : 0; });
}

std::vector<Array> elu(const Call& call) {
  const double alpha = call.real("alpha", 1);
  return map(call, [=](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
}

std::vector<Array> celu(const Call& call) {
  const double alpha = call.real("alpha", 1);
  return map(call, [=](double x) { return std::max(0.0, x) + std::min(0.0, alpha * std::expm1(x / alpha)); });
}

std::vector<Array> selu(const Call& call) {
  const bool rounded = call.opset() < 6;  // the first version wrote its defaults with four decimals
  const double alpha = call.real("alpha", rounded ? 1.6732F : 1.67326319217681884765625F);
  const double gamma = call.real("gamma", rounded ? 1.0507F : 1.05070102214813232421875F);
  return map(call, [=](double x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
}

std::vector<Array> hard_sigmoid(const Call& call) {
  const double alpha = call.real("alpha", 0.2F);
  const double beta = call.real("beta", 0.5F);
  return map(call, [=](double x) { return std::clamp(alpha * x + beta, 0.0, 1.0); });
}

std::vector<Array> shrink(const Call& call) {
  const double lambda = call.real("lambd", 0.5F);
  const double bias = call.real("bias", 0);
  return map(call, [=](double x) { return x < -lambda ? x + bias : (x > lambda ? x - bias : 0); });
}

std::vector<Array> is_inf(const Call& call) {
  const bool negative = call.integer("detect_negative", 1) != 0;
  const bool positive = call.integer("detect_positive", 1) != 0;
  return map(call, [=](double x) { return std::isinf(x) && (x < 0 ? negative : positive) ? 1 : 0; });
}

void check_clip(const NodeView& view) {
  check_same_shape(view);
  for (const std::size_t bound : {1U, 2U}) {
    require(!view.has_input(bound) || element_count(view.shape(bound)) == 1, "the bounds must be scalars");
  }
}

std::vector<Array> clip(const Call& call) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const double low = call.has_input(1) ? call.array(1).data[0] : call.real("min", -infinity);
  const double high = call.has_input(2) ? call.array(2).data[0] : call.real("max", infinity);
  return map(call, [=](double x) { return std::min(std::max(x, low), high); });
}

constexpr Operator simple(std::string_view type, Compute compute) { return {type, 1, 1, 1, compute, check_same_shape}; }

constexpr Operator rows[] = {
    simple("Abs", unary<[](double x) { return std::abs(x); }>),
    simple("Acos", unary<[](double x) { return std::acos(x); }>),
    simple("Acosh", unary<[](double x) { return std::acosh(x); }>),
    simple("Asin", unary<[](double x) { return std::asin(x); }>),
    simple("Asinh", unary<[](double x) { return std::asinh(x); }>),
    simple("Atan", unary<[](double x) { return std::atan(x); }>),
    simple("Atanh", unary<[](double x) { return std::atanh(x); }>),
    simple("Ceil", unary<[](double x) { return std::ceil(x); }>),
    simple("Celu", celu),
    {"Clip", 1, 3, 1, clip, check_clip},
    simple("Cos", unary<[](double x) { return std::cos(x); }>),
    simple("Cosh", unary<[](double x) { return std::cosh(x); }>),
    simple("Elu", elu),
    simple("Erf", unary<[](double x) { return std::erf(x); }>),
    simple("Exp", unary<[](double x) { return std::exp(x); }>),
    simple("Floor", unary<[](double x) { return std::floor(x); }>),
    simple("HardSigmoid", hard_sigmoid),
    simple("HardSwish", unary<[](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }>),
    simple("IsInf", is_inf),
    simple("IsNaN", unary<[](double x) { return std::isnan(x) ? 1.0 : 0.0; }>),
    simple("LeakyRelu", leaky_relu),
    simple("Log", unary<[](double x) { return std::log(x); }>),
    simple("Neg", unary<[](double x) { return -x; }>),
    simple("Not", unary<[](double x) { return x == 0 ? 1.0 : 0.0; }>),
    simple("Reciprocal", unary<[](double x) { return 1 / x; }>),
    simple("Relu", unary<[](double x) { return x < 0 ? 0 : x; }>),
    simple("Round", unary<[](double x) { return std::nearbyint(x); }>),
    simple("Selu", selu),
    simple("Shrink", shrink),
    simple("Sigmoid", unary<[](double x) { return 1 / (1 + std::exp(-x)); }>),
    simple("Sign", unary<sign>),
    simple("Sin", unary<[](double x) { return std::sin(x); }>),
    simple("Sinh", unary<[](double x) { return std::sinh(x); }>),
    simple("Softplus", unary<softplus>),
    simple("Softsign", unary<[](double x) { return x / (1 + std::abs(x)); }>),
    simple("Sqrt", unary<[](double x) { return std::sqrt(x); }>),
    simple("Tan", unary<[](double x) { return std::tan(x); }>),
    simple("Tanh", unary<[](double x) { return std::tanh(x); }>),
    simple("ThresholdedRelu", thresholded_relu),
};

}  // namespace

std::span<const Operator> unary_operators() { return rows; }

}  // namespace cleave::reference
