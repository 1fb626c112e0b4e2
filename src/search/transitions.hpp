#pragma once
/// All stages that may end at an ideal, priced in one walk down the lattice.

#include "search/lattice.hpp"
#include "search/stage_cost.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// A stage from ideal `lower` to the ideal it was asked for, on one device.
struct Transition {
  std::uint32_t lower = 0;
  ModeId mode = {};
  double load_s = 0;
  double energy_j = 0;  ///< dynamic and transfer, one batch
};

/// Walks from an ideal to every ideal below it, one operator at a time, so that a stage costs
/// O(degree of one operator) more than its predecessor. Holds scratch memory: one per thread.
class TransitionWalk {
 public:
  TransitionWalk(const CostTable& cost, const Lattice& lattice);

  /// Stages from an ideal of `cuts` to `upper` whose load does not exceed `max_load_s` on as many devices as
  /// may share it, in a fixed order.
  /// A branch is left as soon as no mode can stay below the limit: compute time and weights only
  /// grow on the way down.
  void collect(std::uint32_t upper, const std::vector<bool>& cuts, double max_load_s, std::vector<Transition>& out);

 private:
  struct Frame {
    std::uint32_t ideal;
    std::size_t next_cover;
  };
  void enter(std::uint32_t ideal, OpId op, std::size_t depth);
  [[nodiscard]] bool hopeless(std::size_t depth, double max_load_s) const;
  void emit(std::size_t depth, std::uint32_t lower, double max_load_s, std::vector<Transition>& out) const;
  [[nodiscard]] bool in_stage(OpId op, std::uint32_t lower) const {
    return lattice_.contains(upper_, op) && !lattice_.contains(lower, op);
  }

  const CostTable& cost_;
  const Lattice& lattice_;
  std::uint32_t upper_ = 0;
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> visited_;  ///< by ideal: the round that saw it last
  std::vector<Frame> stack_;
  std::vector<StageSums> sums_;  ///< [depth][mode]
};

}  // namespace cleave
