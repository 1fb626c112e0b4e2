#include "verify/period_proof.hpp"

#include "verify/set_worth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cleave::verify {
namespace {

constexpr std::int64_t kMostProfit = 1 << 28;
constexpr std::int64_t kMostSteps = std::int64_t{1} << 52;  // whole numbers that floating point tells apart

/// Shape: what the knapsacks rely on.
std::string misshapen(const CostTable& cost, const PeriodEvidence& evidence) {
  int most = 1;
  for (const ClassCost& device : cost.classes) most = std::max(most, device.most_replicas());
  if (!(evidence.grid_s > 0) || !std::isfinite(evidence.grid_s)) return "the grid of its period bound is no time";
  if (evidence.steps < 1 || evidence.steps > kMostSteps / most)
    return fmt::format("the grid of its period bound has {} steps, 1 to {} can be verified", evidence.steps,
                       kMostSteps / most);
  if (evidence.profit.size() != cost.operator_count()) return "its profits are not one for each operator";
  if (evidence.worth.size() != cost.classes.size()) return "its worths are not one for each device class";
  std::int64_t all = 0;
  for (const std::int32_t profit : evidence.profit) all += std::abs(std::int64_t{profit});
  if (all > kMostProfit) return "its profits are too large to be added up";
  for (const std::int64_t worth : evidence.worth)
    if (worth < 0 || worth > kMostProfit) return "its worths are no sums of profits";
  std::vector<bool> decided(cost.operator_count(), false);
  for (const OpId op : evidence.order) {
    if (op.at() >= decided.size() || decided[op.at()]) return "its order does not name each operator once";
    decided[op.at()] = true;
  }
  if (evidence.order.size() != decided.size()) return "its order does not name each operator once";
  if (evidence.ignored.size() != cost.modes.size()) return "its tensors left out are not listed for each mode";
  for (const std::vector<TensorId>& ignored : evidence.ignored)
    for (const TensorId tensor : ignored)
      if (tensor.at() >= cost.tensors.size()) return "it leaves out a tensor that there is not";
  return {};
}

}  // namespace

std::string flaw_of(const CostTable& cost, const PeriodEvidence& evidence) {
  if (std::string flaw = misshapen(cost, evidence); !flaw.empty()) return flaw;
  std::int64_t collected = 0;
  for (const ClassId device : cost.classes.ids()) collected += evidence.worth[device] * cost.classes[device].count;
  std::int64_t wanted = 0;
  for (const std::int32_t profit : evidence.profit) wanted += profit;
  const double period_s = static_cast<double>(evidence.steps) * evidence.grid_s;
  if (collected >= wanted)
    return fmt::format("its period bound does not hold: devices may collect profits of {} in {:.9g} s, all are {}",
                       collected, period_s, wanted);
  for (const ModeId mode : cost.modes.ids()) {
    const ClassId device = cost.modes[mode].device_class;
    const int most = cost.classes[device].most_replicas();
    const SetsInLayers sets(cost, mode, evidence, evidence.steps * most);
    for (int r = 1; r <= most; ++r)
      if (sets.any_worth_more(evidence.worth[device] * r, evidence.steps * r))
        return fmt::format(
            "its period bound does not hold: {} devices of class {} can collect profits of more than {} each in less "
            "than "
            "{:.9g} s",
            r, device.at(), evidence.worth[device], period_s);
  }
  return {};
}

double proved_s(const PeriodEvidence& evidence) {
  if (evidence.kind != PeriodEvidence::Kind::configuration) return 0;
  return static_cast<double>(evidence.steps) * evidence.grid_s * (1 - 1e-12);
}

}  // namespace cleave::verify
