#pragma once
/// The most profitable set of operators within a time, exactly, by a knapsack over the layers of a sweep.

#include "search/any_bounds/set_sweep.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

using Profits = IndexVector<OpId, std::int32_t>;  ///< their absolute values add up to at most 2^28

enum class Rounding { down, nearest };  ///< of times to the grid: down for bounds, nearest for guesses

/// How finely times are told apart: `steps` grid points, 0 .. steps - 1, `grid_s` apart.
struct TimeGrid {
  double grid_s = 0;
  std::size_t steps = 0;
  Rounding rounding = Rounding::down;
  [[nodiscard]] std::size_t of(double seconds) const;
};

/// For each grid point the largest sum of profits of a set, the empty one included, whose rounded time is at most that.
[[nodiscard]] std::vector<std::int32_t> largest_profits(const SetSweep& sweep, const Profits& profit,
                                                        const TimeGrid& grid);

/// The same, and the sets themselves. Remembers all layers.
class BestSets {
 public:
  BestSets(const SetSweep& sweep, const Profits& profit, const TimeGrid& grid);
  [[nodiscard]] std::int32_t profit_at(std::size_t step) const;
  /// Ascending; empty where nothing is profitable.
  [[nodiscard]] std::vector<OpId> set_at(std::size_t step) const;

 private:
  const SetSweep& sweep_;
  const Profits& profit_;
  TimeGrid grid_;
  std::size_t launch_;
  std::vector<std::vector<std::int32_t>> layers_;  ///< by layer: states x steps
};

}  // namespace cleave
