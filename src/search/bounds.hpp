#pragma once
/// What every completion of a partial plan must still cost: admissible, so pruning with it loses nothing.

#include "search/counts.hpp"
#include "search/lattice.hpp"

#include <cleave/cost_table.hpp>

#include <algorithm>
#include <vector>

namespace cleave {

/// For each ideal the sum of `of` over the operators that are in it, or that are not, rounded down a little
/// so that rounding never turns a lower bound into a lie.
[[nodiscard]] std::vector<double> sums_inside(const Lattice& lattice, const IndexVector<OpId, double>& of);
[[nodiscard]] std::vector<double> sums_outside(const Lattice& lattice, const IndexVector<OpId, double>& of);

using Prices = IndexVector<ClassId, double>;
/// The mode that runs `op` at the least price, and that price; infinite where none can.
[[nodiscard]] std::pair<ModeId, double> cheapest_by(const CostTable& cost, OpId op, const Prices& price);
/// No plan, contiguous or not, has a lesser period: sum_v min_c price_c t[v,c] <= P sum_c m_c price_c, for any prices
/// >= 0.
[[nodiscard]] double balance_s(const CostTable& cost, const Prices& price);
/// Prices that make this tight.
[[nodiscard]] Prices tune_prices(const CostTable& cost);

/// Lower bounds per operator that hold whatever the plan.
///
/// Period: for any prices `lambda_c >= 0`, a plan whose loads are at most P satisfies
///   sum_v min_c lambda_c t[v,c]  <=  P sum_c n_c lambda_c
/// with v over the operators that remain and n_c the devices of class c that are still free, or with v over
/// the operators that are done and n_c the devices taken (weak duality of the fractional assignment).
///
/// Energy: a powered device idles for P and its load is at most P, so the operators that remain
/// add at least  sum_v min_c (e[v,c] + idle_w[c] t[v,c])  joules a batch.
class Bounds {
 public:
  /// `least_s`: no plan has a lesser period.
  Bounds(const CostTable& cost, const Lattice& lattice, const Counts& counts, double least_s = 0);

  /// Least period of any plan that runs the operators of `ideal` on the devices `code` and the others on the rest.
  [[nodiscard]] double period_s(std::uint32_t ideal, std::size_t code) const {
    return std::max({work_to_go_[ideal] * inverse_free_[code], work_done_[ideal] * inverse_used_[code], least_s_});
  }
  /// Priced work of the operators that are not in `ideal`; states where it is `most_to_go` or more cannot be
  /// completed within `period_s`.
  [[nodiscard]] double to_go(std::uint32_t ideal) const { return work_to_go_[ideal]; }
  [[nodiscard]] double most_to_go(std::size_t code, double period_s) const {
    return period_s / inverse_free_[code] * (1 + 1e-12);
  }
  [[nodiscard]] const IndexVector<OpId, double>& work() const { return work_; }
  /// Least further energy of any completion, one batch, the idle energy of devices taken excluded.
  [[nodiscard]] double energy_to_go_j(std::uint32_t ideal) const { return energy_to_go_[ideal]; }
  [[nodiscard]] double idle_w(std::size_t code) const { return idle_w_[code]; }
  /// Least dynamic energy of the whole network, one batch.
  [[nodiscard]] double dynamic_j() const { return dynamic_j_; }
  [[nodiscard]] double least_idle_w() const { return least_idle_w_; }

 private:
  double least_s_;
  IndexVector<OpId, double> work_;
  std::vector<double> work_to_go_;
  std::vector<double> work_done_;
  std::vector<double> energy_to_go_;
  std::vector<double> inverse_free_;  ///< by code: of the capacity of the free devices
  std::vector<double> inverse_used_;
  std::vector<double> idle_w_;
  double dynamic_j_ = 0;
  double least_idle_w_ = 0;
};

}  // namespace cleave
