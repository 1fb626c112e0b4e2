#pragma once
/// What the devices of each usage count reach at one ideal.

#include "search/bounds.hpp"
#include "search/label.hpp"
#include "search/period_cells.hpp"

#include <cstddef>
#include <vector>

namespace cleave {

/// By code and cell the energy from which on a label is dominated by one of an earlier cell: on the same devices, or on
/// fewer, whose idle energy is less by what the devices between them take in a period of the cell. Looked up, as
/// comparing labels with labels takes long. Where codes are very many, some cells in a row are one here.
class Fronts {
 public:
  /// `smaller`: by code those with one device less. All must live as long.
  Fronts(const std::vector<std::vector<std::size_t>>& smaller, const Bounds& bounds, const PeriodCells& cells);

  /// Nothing is reached, neither by it nor through it.
  void forget(std::size_t code) { reached_[code] = 0; }
  /// Begins with what fewer devices reach: their codes come first.
  void start(std::size_t code);
  void add(std::size_t code, const Label& label);
  /// Lowers numbers by cell, from cell `first` on, to what is reached.
  void limit(std::size_t code, std::size_t first, std::vector<double>& limits_j) const;
  /// Is a label on fewer devices, of a cell before, no worse, idle energy included?
  [[nodiscard]] bool beat(std::size_t code, const Label& label) const;

 private:
  [[nodiscard]] const double* row(std::size_t code) const { return energies_j_.data() + code * columns_; }
  [[nodiscard]] double* row(std::size_t code) { return energies_j_.data() + code * columns_; }

  const std::vector<std::vector<std::size_t>>* smaller_;
  const Bounds* bounds_;
  unsigned shift_ = 0;  ///< 2^shift cells are a column
  std::size_t columns_ = 0;
  std::vector<double> from_s_;      ///< by column
  std::vector<double> energies_j_;  ///< [code][column]
  std::vector<char> reached_;       ///< by code
};

}  // namespace cleave
