#pragma once
/// Two stages exchange their devices.

#include "search/local/moves/retarget_stage.hpp"

namespace cleave::local {

struct SwapTargets {
  std::uint32_t one;
  std::uint32_t other;

  static std::optional<SwapTargets> draw(const Assignment& assignment, Random& random) {
    const std::size_t operators = assignment.flat().operators();
    return SwapTargets{assignment.stage_of(random.below(operators)), assignment.stage_of(random.below(operators))};
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    const Target here = assignment.target(one);
    const Target there = assignment.target(other);
    return (here.mode != there.mode || here.replicas != there.replicas) &&
           all_run(assignment, assignment.members(one), there.mode) &&
           all_run(assignment, assignment.members(other), here.mode);
  }
  void apply(Assignment& assignment) const {
    const Target here = assignment.target(one);
    assignment.retarget(one, assignment.target(other));
    assignment.retarget(other, here);
  }
};

}  // namespace cleave::local
