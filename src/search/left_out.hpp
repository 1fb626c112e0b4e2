#pragma once
/// What a growing stage leaves out, and how much work must then remain after it.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <vector>

namespace cleave {

/// For each operator all that need it, itself too: what cannot be done while it is not.
class Dependents {
 public:
  Dependents(const CostTable& cost, const IndexVector<OpId, double>& work);
  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] const std::uint64_t* of(OpId op) const { return &bits_[op.at() * words_]; }
  /// Sum of the work of an operator's dependents.
  [[nodiscard]] double work_of(OpId op) const { return total_[op]; }
  [[nodiscard]] double work(std::size_t op) const { return work_[OpId(op)]; }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
  IndexVector<OpId, double> work_;
  IndexVector<OpId, double> total_;
};

/// A set of operators that are left out with all their dependents; grows, and shrinks back to an earlier size.
class LeftOut {
 public:
  explicit LeftOut(const Dependents& dependents) : dependents_(&dependents) {}

  void add(OpId op);
  /// How many operators were added, their dependents not counted.
  [[nodiscard]] std::size_t size() const { return totals_.size(); }
  void shrink(std::size_t size) { totals_.resize(size); }
  /// Sum over the set.
  [[nodiscard]] double work() const { return totals_.empty() ? 0 : totals_.back(); }

 private:
  const Dependents* dependents_;
  std::vector<std::uint64_t> sets_;  ///< one after each addition
  std::vector<double> totals_;       ///< their work
};

}  // namespace cleave
