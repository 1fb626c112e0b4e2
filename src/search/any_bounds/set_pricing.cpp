#include "search/any_bounds/set_pricing.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

constexpr std::int32_t kUnreached = -(1 << 30);

using Layer = std::vector<std::int32_t>;

/// The layer after `step`.
Layer advance(const Layer& before, const SweepStep& step, std::int32_t profit, const TimeGrid& grid) {
  Layer after(step.states * grid.steps, kUnreached);
  for (const SweepMove& move : step.moves) {
    const std::size_t shift = grid.of(move.seconds);
    if (shift >= grid.steps) continue;
    const std::int32_t gain = move.in ? profit : 0;
    const std::int32_t* const from = before.data() + move.from * grid.steps;
    std::int32_t* const to = after.data() + move.to * grid.steps + shift;
    const std::size_t count = grid.steps - shift;
    for (std::size_t q = 0; q < count; ++q) to[q] = std::max(to[q], from[q] + gain);
  }
  return after;
}

}  // namespace

std::size_t TimeGrid::of(double seconds) const {
  if (rounding == Rounding::nearest) return static_cast<std::size_t>(std::min(seconds / grid_s + 0.5, 1e15));
  // A quotient that is rounded up must not reach the next integer.
  return static_cast<std::size_t>(std::min(seconds / grid_s * (1 - 1e-12), 1e15));
}

std::vector<std::int32_t> largest_profits(const SetSweep& sweep, const Profits& profit, const TimeGrid& grid) {
  Layer layer(grid.steps, 0);
  for (const SweepStep& step : sweep.steps) layer = advance(layer, step, profit[step.op], grid);
  const std::size_t launch = grid.of(sweep.launch_s);
  std::vector<std::int32_t> best(grid.steps, 0);
  for (std::size_t q = launch; q < grid.steps; ++q) best[q] = std::max(0, layer[q - launch]);
  return best;
}

BestSets::BestSets(const SetSweep& sweep, const Profits& profit, const TimeGrid& grid)
    : sweep_(sweep), profit_(profit), grid_(grid), launch_(grid.of(sweep.launch_s)) {
  layers_.emplace_back(grid.steps, 0);
  for (const SweepStep& step : sweep.steps) layers_.push_back(advance(layers_.back(), step, profit[step.op], grid));
}

std::int32_t BestSets::profit_at(std::size_t step) const {
  return step < launch_ ? 0 : std::max(0, layers_.back()[step - launch_]);
}

std::vector<OpId> BestSets::set_at(std::size_t step) const {
  std::vector<OpId> set;
  if (profit_at(step) == 0) return set;
  std::size_t q = step - launch_;
  std::size_t state = 0;
  for (std::size_t i = sweep_.steps.size(); i-- > 0;) {
    const std::int32_t value = layers_[i + 1][state * grid_.steps + q];
    for (const SweepMove& move : sweep_.steps[i].moves) {
      const std::size_t shift = grid_.of(move.seconds);
      const std::int32_t gain = move.in ? profit_[sweep_.steps[i].op] : 0;
      if (move.to != state || shift > q || layers_[i][move.from * grid_.steps + q - shift] + gain != value) continue;
      if (move.in) set.push_back(sweep_.steps[i].op);
      q -= shift;
      state = move.from;
      break;
    }
  }
  std::sort(set.begin(), set.end());
  return set;
}

}  // namespace cleave
