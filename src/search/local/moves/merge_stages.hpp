#pragma once
/// Two stages become one, on the devices of one of them.

#include "search/local/moves/retarget_stage.hpp"

#include <vector>

namespace cleave::local {

struct MergeStages {
  std::uint32_t from;
  std::uint32_t to;

  static std::optional<MergeStages> draw(const Assignment& assignment, Random& random) {
    const std::size_t operators = assignment.flat().operators();
    return MergeStages{assignment.stage_of(random.below(operators)), assignment.stage_of(random.below(operators))};
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    return from != to && all_run(assignment, assignment.members(from), assignment.target(to).mode);
  }
  void apply(Assignment& assignment) const {
    while (!assignment.members(from).empty()) assignment.move(assignment.members(from).back(), to);
  }
};

}  // namespace cleave::local
