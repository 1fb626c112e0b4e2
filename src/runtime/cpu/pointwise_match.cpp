#include "runtime/cpu/pointwise_match.hpp"

#include "runtime/cpu/fusion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

namespace cleave::cpu {

namespace {

using Kind = onednn::Function::Kind;
/// What a value is at each of the sample points.
using Samples = std::vector<double>;

constexpr double kFirst = -8;
constexpr double kStep = 0.125;
constexpr std::size_t kCount = 129;

template <class Function>
Samples mapped(const Samples& a, const Function& function) {
  Samples result(kCount);
  std::ranges::transform(a, result.begin(), function);
  return result;
}

template <class Function>
Samples combined(const Samples& a, const Samples& b, const Function& function) {
  Samples result(kCount);
  std::ranges::transform(a, b, result.begin(), function);
  return result;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

std::optional<Samples> evaluate(const Node& node, const std::vector<Samples>& in) {
  if (in.size() == 1) {
    if (node.type == "Erf") return mapped(in[0], [](double x) { return std::erf(x); });
    if (node.type == "Tanh") return mapped(in[0], [](double x) { return std::tanh(x); });
    if (node.type == "Sigmoid") return mapped(in[0], sigmoid);
  }
  if (in.size() == 2) {
    if (node.type == "Add") return combined(in[0], in[1], std::plus<>());
    if (node.type == "Sub") return combined(in[0], in[1], std::minus<>());
    if (node.type == "Mul") return combined(in[0], in[1], std::multiplies<>());
    if (node.type == "Div") return combined(in[0], in[1], std::divides<>());
    if (node.type == "Pow") return combined(in[0], in[1], [](double x, double y) { return std::pow(x, y); });
  }
  return std::nullopt;
}

/// Values that depend on one value alone, with their samples, and the nodes that make them.
struct Dependents {
  std::map<ValueId, Samples> samples;
  std::vector<std::size_t> nodes;
};

std::optional<Samples> samples_of(const Graph& graph, const Dependents& known, ValueId value) {
  if (!value.valid()) return std::nullopt;
  if (const auto found = known.samples.find(value); found != known.samples.end()) return found->second;
  if (!graph.constants.contains(value) || element_count(graph.values[value].shape) != 1) return std::nullopt;
  const auto number = constant_doubles(graph, value);
  return number ? std::optional(Samples(kCount, number->front())) : std::nullopt;
}

/// Adds what `node` makes if all it reads is known.
void extend(const Graph& graph, Dependents& known, const Node& node, std::size_t position) {
  std::vector<Samples> inputs;
  bool depends = false;
  for (const ValueId value : node.inputs) {
    auto samples = samples_of(graph, known, value);
    if (!samples) return;
    depends = depends || known.samples.contains(value);
    inputs.push_back(std::move(*samples));
  }
  auto result = evaluate(node, inputs);
  if (!depends || !result) return;
  known.samples[node.outputs[0]] = std::move(*result);
  known.nodes.push_back(position);
}

struct Candidate {
  Kind kind;
  double (*function)(double);
};
constexpr std::array kCandidates{
    Candidate{Kind::gelu_erf, [](double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }},
    Candidate{Kind::gelu_tanh,
              [](double x) {
                return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
              }},
    Candidate{Kind::swish, [](double x) { return x * sigmoid(x); }}};

/// Constants in float leave differences of 1e-7; the candidates differ from each other by 1e-3.
std::optional<Kind> recognized(const Samples& samples) {
  for (const auto& [kind, function] : kCandidates) {
    bool equal = true;
    for (std::size_t i = 0; i < kCount && equal; ++i)
      equal = std::fabs(samples[i] - function(kFirst + static_cast<double>(i) * kStep)) < 2e-6;
    if (equal) return kind;
  }
  return std::nullopt;
}

/// Whether only the given nodes read `value` and what they make, the last result excepted.
bool is_closed(const Graph& graph, const IndexVector<ValueId, int>& reads, std::span<const NodeId> nodes,
               std::span<const std::size_t> members, ValueId value) {
  std::map<ValueId, int> inside{{value, 0}};
  for (const std::size_t member : members) inside[graph.nodes[nodes[member]].outputs[0]] = 0;
  for (const std::size_t member : members)
    for (const ValueId input : graph.nodes[nodes[member]].inputs)
      if (const auto found = inside.find(input); found != inside.end()) ++found->second;
  inside.erase(graph.nodes[nodes[members.back()]].outputs[0]);
  return std::ranges::all_of(inside, [&](const auto& entry) { return entry.second == reads[entry.first]; });
}

}  // namespace

std::optional<PointwiseMatch> match_pointwise(const Graph& graph, const IndexVector<ValueId, int>& reads,
                                              std::span<const NodeId> nodes, ValueId value) {
  if (reads[value] < 2) return std::nullopt;
  Dependents known;
  known.samples[value].resize(kCount);
  for (std::size_t i = 0; i < kCount; ++i) known.samples[value][i] = kFirst + static_cast<double>(i) * kStep;
  for (std::size_t i = 0; i < nodes.size(); ++i) extend(graph, known, graph.nodes[nodes[i]], i);
  for (std::size_t count = known.nodes.size(); count > 0; --count) {
    const std::span<const std::size_t> members(known.nodes.data(), count);
    const ValueId result = graph.nodes[nodes[members.back()]].outputs[0];
    const auto kind = recognized(known.samples.at(result));
    if (kind && is_closed(graph, reads, nodes, members, value))
      return PointwiseMatch{{*kind, *kind == Kind::swish ? 1.0F : 0.0F, 0}, {members.begin(), members.end()}, result};
  }
  return std::nullopt;
}

}  // namespace cleave::cpu
