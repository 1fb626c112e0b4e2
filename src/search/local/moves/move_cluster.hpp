#pragma once
/// A few connected operators of one stage go to another one together.

#include "search/local/moves/move_operator.hpp"

#include <algorithm>
#include <array>

namespace cleave::local {

struct MoveCluster {
  static constexpr std::size_t kMost = 12;
  std::array<std::uint32_t, kMost> operators;
  std::size_t size;
  std::uint32_t to;

  /// Grows from one operator, breadth first, to a size that is drawn.
  static std::optional<MoveCluster> draw(const Assignment& assignment, Random& random) {
    MoveCluster cluster{{}, 1, 0};
    cluster.operators[0] = random.below(assignment.flat().operators());
    const std::uint32_t stage = assignment.stage_of(cluster.operators[0]);
    const std::size_t goal = 2 + random.below(kMost - 1);
    for (std::size_t i = 0; i < cluster.size; ++i)
      for (const std::uint32_t near : assignment.flat().neighbours(cluster.operators[i])) {
        if (cluster.size == goal) break;
        if (assignment.stage_of(near) == stage && !cluster.has(near)) cluster.operators[cluster.size++] = near;
      }
    if (cluster.size < 2) return std::nullopt;
    cluster.to = draw_stage(assignment, random, cluster.operators[random.below(cluster.size)]);
    return cluster;
  }
  [[nodiscard]] bool allowed(const Assignment& assignment) const {
    if (assignment.stage_of(operators[0]) == to || assignment.members(to).empty()) return false;
    return std::all_of(operators.begin(), operators.begin() + static_cast<std::ptrdiff_t>(size),
                       [&](std::uint32_t op) { return assignment.flat().can_run(op, assignment.target(to).mode); });
  }
  void apply(Assignment& assignment) const {
    for (std::size_t i = 0; i < size; ++i) assignment.move(operators[i], to);
  }

 private:
  [[nodiscard]] bool has(std::uint32_t op) const {
    const auto end = operators.begin() + static_cast<std::ptrdiff_t>(size);
    return std::find(operators.begin(), end, op) != end;
  }
};

}  // namespace cleave::local
