#pragma once
/// A stage gets other devices: another mode, or another number of them.

#include "search/local/assignment.hpp"
#include "search/local/random.hpp"

#include <algorithm>
#include <optional>

namespace cleave::local {

[[nodiscard]] inline bool all_run(const Assignment& assignment, std::span<const std::uint32_t> operators,
                                  std::uint32_t mode) {
  return std::all_of(operators.begin(), operators.end(),
                     [&](std::uint32_t op) { return assignment.flat().can_run(op, mode); });
}

/// Some devices of which no more than `spare` of a class are taken already; none when the drawn class has none.
inline std::optional<Target> draw_target(const Assignment& assignment, Random& random, std::uint32_t releases) {
  const CostTable& cost = assignment.flat().table();
  const std::uint32_t mode = random.below(assignment.flat().modes());
  const ClassId device = cost.modes[ModeId(mode)].device_class;
  int free = assignment.free_devices(device);
  if (releases != kNone && cost.modes[ModeId(assignment.target(releases).mode)].device_class == device)
    free += assignment.target(releases).replicas;
  const int most = std::min(free, cost.classes[device].most_replicas());
  if (most < 1) return std::nullopt;
  return Target{mode, 1 + static_cast<int>(random.below(static_cast<std::size_t>(most)))};
}

struct RetargetStage {
  std::uint32_t stage;
  Target target;

  static std::optional<RetargetStage> draw(const Assignment& assignment, Random& random) {
    const std::uint32_t stage = assignment.stage_of(random.below(assignment.flat().operators()));
    const auto target = draw_target(assignment, random, stage);
    if (!target) return std::nullopt;
    return RetargetStage{stage, *target};
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    const Target now = assignment.target(stage);
    return (now.mode != target.mode || now.replicas != target.replicas) &&
           (now.mode == target.mode || all_run(assignment, assignment.members(stage), target.mode));
  }
  void apply(Assignment& assignment) const { assignment.retarget(stage, target); }
};

}  // namespace cleave::local
