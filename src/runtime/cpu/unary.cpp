#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cleave::cpu {

namespace {

using onednn::Function;
using Kind = Function::Kind;

/// A scalar parameter: attribute of early versions, constant input of later ones.
std::optional<float> scalar(const Graph& graph, const Node& node, const char* attribute, std::size_t input,
                            float fallback) {
  if (node.has(attribute)) return node.attribute(attribute, fallback);
  if (!has_input(node, input)) return fallback;
  const auto numbers = constant_doubles(graph, node.inputs[input]);
  if (!numbers || numbers->size() != 1) return std::nullopt;
  return static_cast<float>(numbers->front());
}

std::optional<Function> clip_function(const Graph& graph, const Node& node) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto low = scalar(graph, node, "min", 1, -kMost);
  const auto high = scalar(graph, node, "max", 2, kMost);
  if (!low || !high) return std::nullopt;
  if (*low == 0 && *high == kMost) return Function{Kind::relu, 0, 0};
  return Function{Kind::clip, std::min(*low, *high), *high};  // where they cross, all elements are `high`
}

std::optional<Function> square_function(const Graph& graph, const Node& node) {
  const auto exponent = constant_doubles(graph, node.inputs[1]);
  if (!exponent || exponent->size() != 1 || exponent->front() != 2.0) return std::nullopt;
  if (shape_of(graph, node.outputs[0]) != shape_of(graph, node.inputs[0])) return std::nullopt;
  return Function{Kind::square, 0, 0};
}

}  // namespace

std::optional<Function> function_of(const Graph& graph, const Node& node) {
  if (node.inputs.empty() || graph.values[node.inputs[0]].type != DataType::float32) return std::nullopt;
  if (node.type == "Clip") return clip_function(graph, node);
  if (node.type == "Pow") return square_function(graph, node);
  if (node.type == "LeakyRelu") return Function{Kind::relu, node.attribute("alpha", 0.01F), 0};
  if (node.type == "Elu") return Function{Kind::elu, node.attribute("alpha", 1.0F), 0};
  static constexpr std::array<std::pair<std::string_view, Kind>, 9> kPlain{{{"Abs", Kind::abs},
                                                                            {"Exp", Kind::exp},
                                                                            {"HardSwish", Kind::hardswish},
                                                                            {"Log", Kind::log},
                                                                            {"Relu", Kind::relu},
                                                                            {"Sigmoid", Kind::sigmoid},
                                                                            {"Softplus", Kind::softplus},
                                                                            {"Sqrt", Kind::sqrt},
                                                                            {"Tanh", Kind::tanh}}};
  for (const auto& [type, kind] : kPlain)
    if (type == node.type) return Function{kind, 0, 0};
  return std::nullopt;
}

namespace {

std::string float_unsupported(const Graph& graph, const Node& node) { return floats_only(graph, node); }

std::string arithmetic_unsupported(const Graph& graph, const Node& node) {
  const DataType type = graph.values[node.inputs[0]].type;
  return has_arithmetic(type) ? "" : "elements of type " + std::string(name_of(type)) + " are not implemented";
}

void build_function(StageBuilder& builder, const Step& step) {
  const auto [source, layout] = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result, layout);
  builder.reuse(source, target);
  const auto function = function_of(builder.graph(), *step.node);
  add_routine(builder, onednn::elementwise(builder.kernels(), element_count(builder.shape(step.result)), *function),
              source, target);
}

/// target[i] = map(source[i]).
template <class T, class Map>
void add_map(StageBuilder& builder, const Step& step, const Map& map) {
  const auto [source, layout] = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result, layout);
  builder.reuse(source, target);
  const std::int64_t count = element_count(builder.shape(step.result));
  builder.step([=, from = source](const Memory& memory) {
    const T* in = memory.at<T>(from);
    T* out = memory.at<T>(target);
    for (std::int64_t i = 0; i < count; ++i) out[i] = map(in[i]);
  });
}

template <class Map>
void add_float_map(StageBuilder& builder, const Step& step, const Map& map) {
  add_map<float>(builder, step, map);
}

void build_abs(StageBuilder& builder, const Step& step) {
  if (builder.type(step.result) == DataType::float32) return build_function(builder, step);
  with_type(builder.type(step.result), [&](auto zero) {
    using T = decltype(zero);
    add_map<T>(builder, step, [](T x) { return x < T{} ? static_cast<T>(T{} - x) : x; });
  });
}

void build_neg(StageBuilder& builder, const Step& step) {
  with_type(builder.type(step.result), [&](auto zero) {
    using T = decltype(zero);
    add_map<T>(builder, step, [](T x) { return static_cast<T>(-x); });
  });
}

void build_sign(StageBuilder& builder, const Step& step) {
  with_type(builder.type(step.result), [&](auto zero) {
    using T = decltype(zero);
    add_map<T>(builder, step, [](T x) { return static_cast<T>((x > T{}) - (x < T{})); });
  });
}

void build_not(StageBuilder& builder, const Step& step) {
  add_map<bool>(builder, step, [](bool x) { return !x; });
}

void build_ceil(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return std::ceil(x); });
}
void build_cos(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return std::cos(x); });
}
void build_erf(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return std::erf(x); });
}
void build_floor(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return std::floor(x); });
}
void build_reciprocal(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return 1.0F / x; });
}
void build_round(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return std::nearbyint(x); });
}
void build_sin(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return std::sin(x); });
}
void build_softsign(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [](float x) { return x / (1.0F + std::fabs(x)); });
}

void build_hard_sigmoid(StageBuilder& builder, const Step& step) {
  const float alpha = step.node->attribute("alpha", 0.2F);
  const float beta = step.node->attribute("beta", 0.5F);
  add_float_map(builder, step, [=](float x) { return std::max(0.0F, std::min(1.0F, alpha * x + beta)); });
}

void build_selu(StageBuilder& builder, const Step& step) {
  const float alpha = step.node->attribute("alpha", 1.67326319217681884765625F);
  const float gamma = step.node->attribute("gamma", 1.05070102214813232421875F);
  add_float_map(builder, step, [=](float x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
}

void build_thresholded_relu(StageBuilder& builder, const Step& step) {
  add_float_map(builder, step, [alpha = step.node->attribute("alpha", 1.0F)](float x) { return x > alpha ? x : 0.0F; });
}

/// Bounds of any type, constant or not.
template <class T>
void add_clip(StageBuilder& builder, const Step& step) {
  const Node& node = *step.node;
  const auto [source, layout] = builder.read(node.inputs[0]);
  const SlotId low = has_input(node, 1) ? builder.read(node.inputs[1], Layout::row_major) : SlotId();
  const SlotId high = has_input(node, 2) ? builder.read(node.inputs[2], Layout::row_major) : SlotId();
  const SlotId target = builder.write(step.result, layout);
  const std::int64_t count = element_count(builder.shape(step.result));
  builder.step([=, from = source](const Memory& memory) {
    const T least = low.valid() ? *memory.at<T>(low) : std::numeric_limits<T>::lowest();
    const T most = high.valid() ? *memory.at<T>(high) : std::numeric_limits<T>::max();
    const T* in = memory.at<T>(from);
    T* out = memory.at<T>(target);
    for (std::int64_t i = 0; i < count; ++i) out[i] = std::min(std::max(in[i], least), most);
  });
}

void build_clip(StageBuilder& builder, const Step& step) {
  if (function_of(builder.graph(), *step.node)) return build_function(builder, step);
  with_type(builder.type(step.result), [&](auto zero) { add_clip<decltype(zero)>(builder, step); });
}

std::string cast_unsupported(const Graph& graph, const Node& node) {
  for (const ValueId value : {node.inputs[0], node.outputs[0]})
    if (!has_arithmetic(graph.values[value].type))
      return "casts of " + std::string(name_of(graph.values[value].type)) + " are not implemented";
  return "";
}

template <class From, class To>
void add_cast(StageBuilder& builder, const Step& step) {
  const auto [source, layout] = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result, layout);
  const std::int64_t count = element_count(builder.shape(step.result));
  builder.step([=, from = source](const Memory& memory) {
    const From* in = memory.at<From>(from);
    To* out = memory.at<To>(target);
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<To>(in[i]);
  });
}

void build_cast(StageBuilder& builder, const Step& step) {
  with_type(builder.type(step.node->inputs[0]), [&](auto from) {
    with_type(builder.type(step.result), [&](auto to) { add_cast<decltype(from), decltype(to)>(builder, step); });
  });
}

constexpr std::array kKernels{Kernel{"Abs", arithmetic_unsupported, build_abs},
                              Kernel{"Cast", cast_unsupported, build_cast},
                              Kernel{"Ceil", float_unsupported, build_ceil},
                              Kernel{"Clip", arithmetic_unsupported, build_clip},
                              Kernel{"Cos", float_unsupported, build_cos},
                              Kernel{"Elu", float_unsupported, build_function},
                              Kernel{"Erf", float_unsupported, build_erf},
                              Kernel{"Exp", float_unsupported, build_function},
                              Kernel{"Floor", float_unsupported, build_floor},
                              Kernel{"HardSigmoid", float_unsupported, build_hard_sigmoid},
                              Kernel{"HardSwish", float_unsupported, build_function},
                              Kernel{"LeakyRelu", float_unsupported, build_function},
                              Kernel{"Log", float_unsupported, build_function},
                              Kernel{"Neg", arithmetic_unsupported, build_neg},
                              Kernel{"Not", arithmetic_unsupported, build_not},
                              Kernel{"Reciprocal", float_unsupported, build_reciprocal},
                              Kernel{"Relu", float_unsupported, build_function},
                              Kernel{"Round", float_unsupported, build_round},
                              Kernel{"Selu", float_unsupported, build_selu},
                              Kernel{"Sigmoid", float_unsupported, build_function},
                              Kernel{"Sign", arithmetic_unsupported, build_sign},
                              Kernel{"Sin", float_unsupported, build_sin},
                              Kernel{"Softplus", float_unsupported, build_function},
                              Kernel{"Softsign", float_unsupported, build_softsign},
                              Kernel{"Sqrt", float_unsupported, build_function},
                              Kernel{"Tanh", float_unsupported, build_function},
                              Kernel{"ThresholdedRelu", float_unsupported, build_thresholded_relu}};

}  // namespace

std::span<const Kernel> unary_kernels() { return kKernels; }

}  // namespace cleave::cpu
