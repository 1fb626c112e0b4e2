#include "cli/run_verify.hpp"

#include "runtime/stagewise.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::cli {
namespace {

/// Sums of squares of what should be and of what is wrong with it.
struct Energies {
  double signal = 0;
  double noise = 0;
  bool exact = true;
};

void add(Energies& energies, const Tensor& actual, const Tensor& expected) {
  energies.exact = energies.exact && actual == expected;
  if (expected.type != DataType::float32) return;
  const auto is = actual.as<float>(), should = expected.as<float>();
  for (std::size_t i = 0; i < should.size(); ++i) {
    const double wanted = static_cast<double>(should[i]), error = static_cast<double>(is[i]) - wanted;
    energies.signal += wanted * wanted;
    energies.noise += error * error;
  }
}

StageFidelity fidelity(const Energies& energies) {
  const bool known = energies.noise > 0 && energies.signal > 0;
  return {energies.exact, known ? std::optional(10 * std::log10(energies.signal / energies.noise)) : std::nullopt};
}

/// The results of the network among the values at stage borders.
Batch results_of(const Graph& graph, const BorderValues& values) {
  Batch results;
  for (const ValueId output : graph.outputs) {
    const auto found = values.find(output);
    results.push_back(found != values.end() ? found->second : materialize(graph.constants.at(output)));
  }
  return results;
}

std::size_t top(std::span<const float> values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

void compare_tops(const Tensor& actual, const Tensor& expected, std::int64_t batch, Verification& verification) {
  if (expected.type != DataType::float32 || expected.bytes.empty() || !has_samples(expected.shape, batch)) return;
  const auto is = actual.as<float>(), should = expected.as<float>();
  const std::size_t each = should.size() / static_cast<std::size_t>(batch);
  for (std::size_t at = 0; each > 0 && at + each <= should.size(); at += each) {
    ++verification.samples;
    if (top(is.subspan(at, each)) == top(should.subspan(at, each))) ++verification.same_top;
  }
}

void compare_with_fp32(const Network& network, const Plan& plan, const std::vector<BorderValues>& actual,
                       const std::vector<BorderValues>& expected, Verification& verification) {
  for (const std::vector<ValueId>& outputs : stage_outputs(network, plan)) {
    Energies energies;
    for (std::size_t i = 0; i < actual.size(); ++i)
      for (const ValueId value : outputs) add(energies, actual[i].at(value), expected[i].at(value));
    verification.stages.push_back(fidelity(energies));
  }
  for (std::size_t i = 0; i < actual.size(); ++i)
    compare_tops(results_of(*network.graph, actual[i]).front(), results_of(*network.graph, expected[i]).front(),
                 network.batch, verification);
}

std::vector<Batch> results_of(const Graph& graph, const std::vector<BorderValues>& batches) {
  std::vector<Batch> results;
  for (const BorderValues& values : batches) results.push_back(results_of(graph, values));
  return results;
}

}  // namespace

Verifier::Verifier(const Network& network, const Plan& plan, const Engines& engines, const std::vector<Batch>& inputs,
                   const std::stop_token& stop) {
  // An engine is made for each stage, when its turn comes.
  const BackendFactory as_planned = [&](ModeId mode) {
    stop_if_asked(stop);
    return engines.make(mode);
  };
  const BackendFactory in_fp32 = [&](ModeId) {
    stop_if_asked(stop);
    return make_cpu_backend();
  };
  const ModeId first = plan.stages.front().mode;
  verification_.with_unsplit =
      std::ranges::all_of(plan.stages, [&](const Stage& stage) { return engines.same(stage.mode, first); });
  if (verification_.with_unsplit) {
    Plan unsplit = unsplit_plan(network);
    unsplit.stages.front().mode = first;
    expected_ = results_of(*network.graph, compute_stagewise(network, unsplit, as_planned, inputs));
    if (engines.is_fp32(first)) return;
  }
  const auto planned = compute_stagewise(network, plan, as_planned, inputs);
  if (!verification_.with_unsplit) expected_ = results_of(*network.graph, planned);
  compare_with_fp32(network, plan, planned, compute_stagewise(network, plan, in_fp32, inputs), verification_);
}

void Verifier::take(std::size_t index, std::span<const Tensor> result) {
  const Batch& expected = expected_[index % expected_.size()];
  ++verification_.compared;
  if (!std::equal(result.begin(), result.end(), expected.begin(), expected.end())) ++verification_.different;
}

}  // namespace cleave::cli
