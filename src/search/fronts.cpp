#include "search/fronts.hpp"

#include "search/label_contest.hpp"

#include <algorithm>

namespace cleave {

Fronts::Fronts(const std::vector<std::vector<std::size_t>>& smaller, const Bounds& bounds, const PeriodCells& cells)
    : smaller_(&smaller),
      bounds_(&bounds),
      cells_(&cells),
      energies_j_(smaller.size() * cells.size()),
      reached_(smaller.size(), 0) {}

void Fronts::start(std::size_t code) {
  double* const here = energies_j_.data() + code * cells_->size();
  reached_[code] = 0;
  for (const std::size_t fewer : (*smaller_)[code]) {
    if (reached_[fewer] == 0) continue;
    if (reached_[code] == 0) std::fill_n(here, cells_->size(), kCannot);
    reached_[code] = 1;
    const double* const there = row(fewer);
    const double saved_w = bounds_->idle_w(code) - bounds_->idle_w(fewer);
    for (std::size_t cell = 0; cell < cells_->size(); ++cell)
      here[cell] = std::min(here[cell], there[cell] - cells_->from_s(cell) * saved_w);
  }
}

void Fronts::add(std::size_t code, const Label& label) {
  double* const here = energies_j_.data() + code * cells_->size();
  if (reached_[code] == 0) std::fill_n(here, cells_->size(), kCannot);
  reached_[code] = 1;
  lower(here + label.cell + 1, here + cells_->size(), label.figures.energy_j);
}

bool Fronts::beat(std::size_t code, const Label& label) const {
  const std::vector<std::size_t>& smaller = (*smaller_)[code];
  return std::any_of(smaller.begin(), smaller.end(), [&](std::size_t fewer) {
    if (reached_[fewer] == 0) return false;
    const double saved_w = bounds_->idle_w(code) - bounds_->idle_w(fewer);
    return row(fewer)[label.cell] <= label.figures.energy_j + label.figures.period_s * saved_w;
  });
}

}  // namespace cleave
