#pragma once
/// A stage gives its later operators, or one of them alone, to a new stage on devices that are free.

#include "search/local/moves/retarget_stage.hpp"

#include <vector>

namespace cleave::local {

struct SplitStage {
  std::uint32_t op;  ///< the first that leaves
  bool alone;        ///< and the only one
  std::uint32_t to;
  Target target;

  static std::optional<SplitStage> draw(const Assignment& assignment, Random& random) {
    const std::uint32_t to = assignment.empty_stage();
    if (to == kNone) return std::nullopt;
    const auto target = draw_target(assignment, random, kNone);
    if (!target) return std::nullopt;
    return SplitStage{random.below(assignment.flat().operators()), random.below(2) == 0, to, *target};
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    return all_run(assignment, leaving(assignment), target.mode);
  }
  void apply(Assignment& assignment) const {
    const auto operators = leaving(assignment);
    assignment.retarget(to, target);
    for (const std::uint32_t each : operators) assignment.move(each, to);
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t> leaving(const Assignment& assignment) const {
    if (alone) return {op};
    std::vector<std::uint32_t> later;
    for (const std::uint32_t member : assignment.members(assignment.stage_of(op)))
      if (member >= op) later.push_back(member);
    return later;
  }
};

}  // namespace cleave::local
