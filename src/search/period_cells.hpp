#pragma once
/// Periods sorted into a few cells, so that a look into a table stands for a search among labels.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave {

/// Of ascending numbers the last that is `x` at most; 0 where none is. Without branches, as these would be guesses.
[[nodiscard]] inline std::size_t last_until(const double* numbers, std::size_t count, double x) {
  std::size_t at = 0;
  while (count > 1) {
    const std::size_t half = count / 2;
    at += half * static_cast<std::size_t>(numbers[at + half] <= x);
    count -= half;
  }
  return at;
}

/// Cell c holds the periods from `from_s(c)` to below `from_s(c + 1)`; the first begins at 0, the last has no end.
class PeriodCells {
 public:
  /// Everything in one.
  PeriodCells() : from_s_{0} {}
  /// Cells begin at the periods of `known`, of which some are left out where they are more than 192, and at others so
  /// that these hold as many of `sample` each: up to 128 in all, or 64 of those. Both ascend.
  PeriodCells(const std::vector<double>& known, const std::vector<double>& sample);

  [[nodiscard]] std::size_t size() const { return from_s_.size(); }
  [[nodiscard]] double from_s(std::size_t cell) const { return from_s_[cell]; }
  [[nodiscard]] std::uint32_t of(double period_s) const;

 private:
  void add_some_of(const std::vector<double>& periods_s, std::size_t most);

  std::vector<double> from_s_;  ///< ascending
};

}  // namespace cleave
