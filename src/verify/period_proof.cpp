#include "verify/period_proof.hpp"

#include "verify/set_worth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cleave::verify {
namespace {

constexpr std::int64_t kMostProfit = 1 << 28;
constexpr std::int64_t kMostSteps = 100'000'000;

/// Shape: what the knapsacks rely on.
std::string misshapen(const CostTable& cost, const PeriodEvidence& evidence) {
  int most = 1;
  for (const ClassCost& device : cost.classes) most = std::max(most, device.most_replicas());
  if (!(evidence.grid_s > 0) || !std::isfinite(evidence.grid_s)) return "the grid of its period bound is no time";
  if (evidence.steps < 1 || evidence.steps > kMostSteps / most)
    return fmt::format("the grid of its period bound has {} steps, 1 to {} can be verified", evidence.steps,
                       kMostSteps / most);
  if (evidence.profit.size() != cost.operator_count()) return "its profits are not one for each operator";
  std::int64_t all = 0;
  for (const std::int32_t profit : evidence.profit) all += std::abs(std::int64_t{profit});
  if (all > kMostProfit) return "its profits are too large to be added up";
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
  IndexVector<ClassId, std::int64_t> each(cost.classes.size(), 0);  // that one device of the class can collect
  for (const ModeId mode : cost.modes.ids()) {
    const ClassId device = cost.modes[mode].device_class;
    const int most = cost.classes[device].most_replicas();
    const auto worth = set_worth(cost, mode, evidence, static_cast<std::size_t>(evidence.steps * most));
    for (int r = 1; r <= most; ++r) {
      const std::int64_t together = worth[static_cast<std::size_t>(evidence.steps * r - 1)];
      each[device] = std::max(each[device], (together + r - 1) / r);
    }
  }
  std::int64_t collected = 0;
  for (const ClassId device : cost.classes.ids()) collected += each[device] * cost.classes[device].count;
  std::int64_t wanted = 0;
  for (const std::int32_t profit : evidence.profit) wanted += profit;
  if (collected < wanted) return {};
  return fmt::format(
      "its period bound does not hold: devices that take less than {:.9g} s could collect profits of {}, all are {}",
      static_cast<double>(evidence.steps) * evidence.grid_s, collected, wanted);
}

double proved_s(const PeriodEvidence& evidence) {
  if (evidence.kind != PeriodEvidence::Kind::configuration) return 0;
  return static_cast<double>(evidence.steps) * evidence.grid_s * (1 - 1e-12);
}

}  // namespace cleave::verify
