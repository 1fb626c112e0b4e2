#pragma once
/// The bound of the energy by labellings: whether it holds, and what it says.

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <memory>
#include <vector>

namespace cleave::verify {

/// Can they be had: devices have no links, and modes are at most 16.
[[nodiscard]] bool labels_bound(const CostTable& cost);
/// Parts of a device, and of all devices, as LabelEvidence counts them.
[[nodiscard]] std::size_t parts_of(const ClassCost& device);
[[nodiscard]] std::size_t part_count(const CostTable& cost);

/// Bounds of the cheapest labelling by splitting the costs of tensors among operators: with any *share* s[o,m] of the
/// tensor t for each operator o that it touches,
///   sum_o min_m (own[o,m] + sum_t s_t[o,m])  +  sum_t min over labels (cost of t - sum_o s_t[o, label of o])
/// is below the cost of any labelling. The shares are improved by visiting the operators up and down until that is of
/// no more use. They are kept from one set of prices to the next.
class LabelDual {
 public:
  /// `cost` must outlive it, and labels bound it.
  explicit LabelDual(const CostTable& cost);
  ~LabelDual();
  LabelDual(const LabelDual&) = delete;
  LabelDual& operator=(const LabelDual&) = delete;

  /// What it proves as `least_j` of these prices; the same for the same evidences before it.
  [[nodiscard]] double least_j(const LabelEvidence& evidence);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Does it follow from `bounds`, should they hold, that every plan of `period_s` or less takes `energy_j` for one
/// batch? The counts of devices are divided until one of the bounds says so for all in a range.
[[nodiscard]] bool labels_prove(const CostTable& cost, const std::vector<LabelEvidence>& bounds, double period_s,
                                double energy_j);

}  // namespace cleave::verify
