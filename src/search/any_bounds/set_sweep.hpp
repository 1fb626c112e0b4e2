#pragma once
/// All sets of operators that a stage may have, as paths through a layered graph: operators are decided on one after
/// the other, in or out, and what must be remembered is only which crossings that are under way have been paid.

#include "search/any_bounds/stage_time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cleave {

/// The decision on one operator: from a state of the layer before to one of the next.
struct SweepMove {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool in = false;     ///< the operator joins the stage
  double seconds = 0;  ///< of the operator, and of the crossings that are certain from now on
};

struct SweepStep {
  OpId op = {};
  std::uint32_t states = 0;  ///< of the next layer
  std::vector<SweepMove> moves = {};
};

/// The first layer and the last have one state each.
struct SetSweep {
  ModeId mode = {};
  double launch_s = 0;
  std::vector<SweepStep> steps = {};
  std::vector<TensorId> ignored = {};  ///< crossings that had to be left out to keep the layers small
  [[nodiscard]] std::size_t moves() const;
  [[nodiscard]] std::size_t states() const;
};

/// Sets whose time exceeds `horizon_s` may be missing. The cheapest crossings are left out until no layer has more than
/// `most_states`.
[[nodiscard]] SetSweep set_sweep(const StageTime& time, const std::vector<OpId>& order, double horizon_s,
                                 std::size_t most_states);

/// An order of the operators in which few crossings are under way at any time: the best of the network's own
/// and a greedy one.
[[nodiscard]] std::vector<OpId> sweep_order(const StageTime& time);

}  // namespace cleave
