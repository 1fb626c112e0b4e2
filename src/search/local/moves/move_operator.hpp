#pragma once
/// One operator goes to another stage, most often to one that it exchanges a tensor with.

#include "search/local/assignment.hpp"
#include "search/local/random.hpp"

#include <optional>

namespace cleave::local {

/// A stage that `op` may want to join: that of a neighbour three times out of four.
inline std::uint32_t draw_stage(const Assignment& assignment, Random& random, std::uint32_t op) {
  const auto near = assignment.flat().neighbours(op);
  if (!near.empty() && random.below(4) != 0) return assignment.stage_of(near[random.below(near.size())]);
  return random.below(assignment.stages());
}

struct MoveOperator {
  std::uint32_t op;
  std::uint32_t to;

  static std::optional<MoveOperator> draw(const Assignment& assignment, Random& random) {
    const std::uint32_t op = random.below(assignment.flat().operators());
    return MoveOperator{op, draw_stage(assignment, random, op)};
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    return assignment.stage_of(op) != to && !assignment.members(to).empty() &&
           assignment.flat().can_run(op, assignment.target(to).mode);
  }
  void apply(Assignment& assignment) const { assignment.move(op, to); }
};

}  // namespace cleave::local
