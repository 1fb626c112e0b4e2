#pragma once
/// A partial plan of a state: an ideal, and how many devices of each class are taken.

#include <cleave/cost_table.hpp>

#include <cstdint>

namespace cleave {

struct Figures {
  double period_s = 0;  ///< at least this, whatever the completion
  double energy_j = 0;  ///< dynamic and transfer, one batch
};

/// The last stage of a partial plan, and what it stands on.
struct LabelOrigin {
  std::uint32_t place = 0;   ///< where the stage begins
  std::uint32_t parent = 0;  ///< label of the state below
  ModeId mode = {};
  int replicas = 0;
};

struct Label {
  Figures figures = {};
  std::uint32_t cell = 0;  ///< of the period (PeriodCells)
  LabelOrigin origin = {};
};

/// Figures that differ by as little are one: sums of equal operators in another order. What this adds up to over the
/// stages of a plan is far below what tells plans apart (1e-12).
inline constexpr double kSameFigure = 1 + 4e-15;

}  // namespace cleave
