#pragma once
/// Partial plans of one state, and which of them nothing dominates.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <vector>

namespace cleave {

struct TrailLabel {
  double period_s = 0;    ///< at least this, whatever the completion
  double energy_j = 0;    ///< dynamic and transfer so far, one batch
  double finished_s = 0;  ///< latency, at least, whatever the completion
  /// Raised to this period another label of the state is no worse in everything else (see keep_undominated).
  double covered_from_s = kCannot;
  std::uint32_t lower = 0;
  std::uint32_t parent = 0;  ///< label of the state below
  ModeId mode = {};
  int replicas = 0;
};

/// Plans that differ by less than rounding can make up are one plan.
inline constexpr double kRounding = 1 + 1e-13;

/// Labels with their clocks and, with link matrices, the class that made each crossing tensor.
class TrailLabels {
 public:
  TrailLabels() = default;
  TrailLabels(std::size_t clocks, std::size_t makers) : clock_count_(clocks), maker_count_(makers) {}

  [[nodiscard]] std::size_t size() const { return labels_.size(); }
  [[nodiscard]] bool empty() const { return labels_.empty(); }
  [[nodiscard]] const TrailLabel& operator[](std::size_t i) const { return labels_[i]; }
  [[nodiscard]] const double* clocks(std::size_t i) const { return clocks_.data() + i * clock_count_; }
  [[nodiscard]] const std::uint16_t* makers(std::size_t i) const { return makers_.data() + i * maker_count_; }
  [[nodiscard]] std::size_t clock_count() const { return clock_count_; }
  [[nodiscard]] std::size_t maker_count() const { return maker_count_; }

  void add(const TrailLabel& label, const double* clocks, const std::uint16_t* makers);
  void clear();
  /// Keeps what no other label dominates: no worse in period, energy, finish and all clocks, with the same
  /// makers. Of equal ones the first stays. Sorts by makers, then period. O(n log n + n x undominated).
  void keep_undominated();
  /// Those that no label of the others covers: no worse in period, energy, finish and all clocks, with the same
  /// makers. All of them were kept by `keep_undominated`.
  [[nodiscard]] std::vector<std::uint32_t> not_covered_by(const std::vector<const TrailLabels*>& others) const;
  /// These, in this order.
  [[nodiscard]] TrailLabels picked(const std::vector<std::uint32_t>& kept) const;

 private:
  [[nodiscard]] bool before(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] bool same_makers(std::uint32_t a, std::uint32_t b) const;
  void copy_times(std::uint32_t label, std::vector<double>& times) const;

  std::size_t clock_count_ = 0;
  std::size_t maker_count_ = 0;
  std::vector<TrailLabel> labels_;
  std::vector<double> clocks_;
  std::vector<std::uint16_t> makers_;
};

}  // namespace cleave
