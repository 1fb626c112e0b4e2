#include "search/fronts.hpp"

#include "search/label_contest.hpp"

#include <algorithm>

namespace cleave {

namespace {

/// Numbers that fronts are made of: 16 MB for each thread.
constexpr std::size_t kMost = std::size_t{1} << 21;

}  // namespace

Fronts::Fronts(const std::vector<std::vector<std::size_t>>& smaller, const Bounds& bounds, const PeriodCells& cells)
    : smaller_(&smaller), bounds_(&bounds), reached_(smaller.size(), 0) {
  while (smaller.size() * (cells.size() >> shift_) > kMost && (cells.size() >> shift_) > 2) ++shift_;
  for (std::size_t cell = 0; cell < cells.size(); cell += std::size_t{1} << shift_)
    from_s_.push_back(cells.from_s(cell));
  columns_ = from_s_.size();
  energies_j_.resize(smaller.size() * columns_);
}

void Fronts::start(std::size_t code) {
  double* const here = row(code);
  reached_[code] = 0;
  for (const std::size_t fewer : (*smaller_)[code]) {
    if (reached_[fewer] == 0) continue;
    if (reached_[code] == 0) std::fill_n(here, columns_, kCannot);
    reached_[code] = 1;
    const double* const there = row(fewer);
    const double saved_w = bounds_->idle_w(code) - bounds_->idle_w(fewer);
    for (std::size_t column = 0; column < columns_; ++column)
      here[column] = std::min(here[column], there[column] - from_s_[column] * saved_w);
  }
}

void Fronts::add(std::size_t code, const Label& label) {
  double* const here = row(code);
  if (reached_[code] == 0) std::fill_n(here, columns_, kCannot);
  reached_[code] = 1;
  lower(here + (label.cell >> shift_) + 1, here + columns_, label.figures.energy_j);
}

void Fronts::limit(std::size_t code, std::size_t first, std::vector<double>& limits_j) const {
  if (reached_[code] == 0) return;
  const double* const here = row(code);
  for (std::size_t cell = first; cell < limits_j.size(); ++cell)
    limits_j[cell] = std::min(limits_j[cell], here[cell >> shift_]);
}

bool Fronts::beat(std::size_t code, const Label& label) const {
  const std::vector<std::size_t>& smaller = (*smaller_)[code];
  return std::any_of(smaller.begin(), smaller.end(), [&](std::size_t fewer) {
    if (reached_[fewer] == 0) return false;
    const double saved_w = bounds_->idle_w(code) - bounds_->idle_w(fewer);
    return row(fewer)[label.cell >> shift_] <= label.figures.energy_j + label.figures.period_s * saved_w;
  });
}

}  // namespace cleave
