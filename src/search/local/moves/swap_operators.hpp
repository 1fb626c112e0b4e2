#pragma once
/// Two operators of different stages change places: what two full devices need.

#include "search/local/moves/move_operator.hpp"

namespace cleave::local {

struct SwapOperators {
  std::uint32_t one;
  std::uint32_t other;

  static std::optional<SwapOperators> draw(const Assignment& assignment, Random& random) {
    const std::uint32_t one = random.below(assignment.flat().operators());
    const auto members = assignment.members(draw_stage(assignment, random, one));
    if (members.empty()) return std::nullopt;
    return SwapOperators{one, members[random.below(members.size())]};
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    const std::uint32_t here = assignment.stage_of(one);
    const std::uint32_t there = assignment.stage_of(other);
    return here != there && assignment.flat().can_run(one, assignment.target(there).mode) &&
           assignment.flat().can_run(other, assignment.target(here).mode);
  }
  void apply(Assignment& assignment) const {
    const std::uint32_t here = assignment.stage_of(one);
    const std::uint32_t there = assignment.stage_of(other);
    // A stage that is empty on the way keeps its devices.
    assignment.move(one, there);
    assignment.move(other, here);
  }
};

}  // namespace cleave::local
