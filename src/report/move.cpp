#include "report/move.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace cleave {

std::optional<Score> score_after_move(const CostTable& cost, const Plan& plan, OpId op, std::size_t stage,
                                      int direction) {
  if (direction < 0 ? stage == 0 : stage + 1 == plan.stages.size()) return std::nullopt;
  Plan moved = plan;
  auto& from = moved.stages[stage].operators;
  auto& to = moved.stages[direction < 0 ? stage - 1 : stage + 1].operators;
  from.erase(std::find(from.begin(), from.end(), op));
  to.insert(std::lower_bound(to.begin(), to.end(), op), op);
  if (from.empty()) moved.stages.erase(moved.stages.begin() + static_cast<std::ptrdiff_t>(stage));
  const Score score = evaluate(cost, moved);
  if (!check({.cost = cost}, moved, score).empty()) return std::nullopt;
  return score;
}

std::string bottleneck(const Setting& setting, const Plan& plan, const Score& score) {
  std::size_t slowest = 0;
  for (std::size_t s = 1; s < score.stages.size(); ++s)
    if (score.stages[s].load_s > score.stages[slowest].load_s) slowest = s;
  const StageScore& part = score.stages[slowest];
  const auto busiest = std::max_element(score.shared_s.begin(), score.shared_s.end());
  if (busiest != score.shared_s.end() && *busiest > part.load_s)
    return fmt::format("the link {}: tensors take it for {} a batch",
                       setting.devices.shared_links[static_cast<std::size_t>(busiest - score.shared_s.begin())].name,
                       si(*busiest, "s"));
  const DeviceClass& device = setting.devices.classes[setting.cost.modes[plan.stages[slowest].mode].device_class];
  const bool computes = part.compute_s >= std::max(part.receive_s, part.send_s);
  const char* what = computes ? "computing" : part.receive_s >= part.send_s ? "receiving" : "sending";
  const double seconds = computes ? part.compute_s : std::max(part.receive_s, part.send_s);
  return fmt::format("stage {} on {}: {} takes {} a batch, its load is {} with {} device{}", slowest, device.name, what,
                     si(seconds, "s"), si(part.load_s, "s"), plan.stages[slowest].replicas,
                     plan.stages[slowest].replicas == 1 ? "" : "s");
}

std::vector<std::string> cannot_run(const Setting& setting) {
  std::map<std::string, std::vector<std::string>> operators_by_reason;
  for (const ModeId mode : setting.cost.modes.ids()) {
    const DeviceClass& device = setting.devices.classes[setting.cost.modes[mode].device_class];
    for (const OpId op : setting.network.operators.ids()) {
      if (std::isfinite(setting.cost.compute_s(op, mode))) continue;
      const std::string reason = device.profile && setting.network.measured.empty()
                                     ? operator_cost(setting.network, op, *device.profile, device.precision).reason
                                     : std::string("it has no measured cost there");
      operators_by_reason[device.name + ": " + reason].push_back(setting.network.operators[op].name);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [reason, operators] : operators_by_reason)
    lines.push_back(fmt::format("{} ({}{})", reason, operators.front(),
                                operators.size() == 1 ? "" : fmt::format(" and {} more", operators.size() - 1)));
  return lines;
}

}  // namespace cleave
