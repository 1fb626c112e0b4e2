#pragma once
/// When can a partial plan still become a point that no known plan dominates?

#include "search/bounds.hpp"
#include "search/counts.hpp"
#include "search/lattice.hpp"

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// A known plan: its period, and its energy per batch, idle included.
struct Incumbent {
  double period_s = 0;
  double energy_j = 0;
};

/// A plan that takes this share of a known plan's energy or more is no better than that: far above what bounds are off.
inline constexpr double kBetter = 1 - 3e-11;

class CountedOutlook;
class PartsOutlook;
class StageOutlook;
struct Transition;

/// For prices mu_c >= 0 (watts), any completion of a state with n_c devices free and period at most P adds
///   sum over the operators that remain of  min_c (e[v,c] + (idle_w[c] + mu_c) t[v,c])  -  P sum_c mu_c n_c
/// joules (Lagrangian bound of the fractional assignment). Together with the idle energy of the
/// devices taken this bounds the final energy from below for every P. Where that is above the best
/// known energy for each P that a partial plan can still reach, the plan can be forgotten.
///
/// The prices are tuned at the periods of known plans, where tightness counts; any are valid.
class Outlook {
 public:
  /// `incumbents` by ascending period and descending energy.
  /// Without `tuned` only the prices of 0 are used: enough where bounds stage by stage cost little and say more.
  Outlook(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
          std::vector<Incumbent> incumbents, bool tuned);

  /// Uses these bounds too; they must live as long.
  void add(const StageOutlook& stages) { stages_ = &stages; }
  /// Asks for what may become of a partial plan in any of several parts of the cluster. Of the incumbents only the
  /// periods count then: what is known by then says each part. It must live as long.
  void judge_by(const PartsOutlook& parts) { parts_ = &parts; }
  /// Asks this alone, whose intervals the incumbents are. It must live as long.
  void judge_by(const CountedOutlook& counted) { counted_ = &counted; }

  /// For a state: the dynamic energy so far from which on a partial plan is hopeless, by the
  /// number of incumbents that are at least as fast as it can still be, `known` of them at least (what is for fewer is
  /// undefined). Entry 0: never.
  void thresholds(std::uint32_t ideal, std::size_t code, std::size_t known, std::vector<double>& out) const;

  /// The stages that may end at an ideal, by what is known already of those between ideals that may be open: a superset
  /// of those between ideals that still are, those that begin at one ideal in the order of a walk. None where nothing is
  /// known.
  [[nodiscard]] const std::vector<Transition>* stages_to(std::uint32_t upper) const;

  /// Of the incumbents, ascending.
  [[nodiscard]] const std::vector<double>& periods_s() const { return from_s_; }
  /// How many incumbents have a period of at most `period_s`.
  [[nodiscard]] std::size_t faster(double period_s) const;

 private:
  /// Interval i lies between the incumbents i and i+1, the last one has no end.
  struct Pricing {
    std::vector<double> rest_j;      ///< by ideal: the sum above
    std::vector<double> capacity_w;  ///< by code: sum mu_c n_c
    std::size_t first = 0;           ///< of the intervals where it is worth a look
    std::size_t end = 0;
  };
  void raise(const Pricing& pricing, std::uint32_t ideal, std::size_t code, std::size_t from,
             std::vector<double>& least_j) const;
  void lower_to_known(std::uint32_t ideal, std::size_t code, std::size_t first, std::vector<double>& out) const;
  void assign_intervals(const std::vector<std::size_t>& nearest);

  const Bounds& bounds_;
  const StageOutlook* stages_ = nullptr;
  const PartsOutlook* parts_ = nullptr;
  const CountedOutlook* counted_ = nullptr;
  std::vector<Incumbent> incumbents_;
  std::vector<double> from_s_;  ///< by interval
  std::vector<double> to_s_;
  std::vector<double> better_j_;  ///< by incumbent: energy that is better, however bounds are rounded
  std::vector<Pricing> pricings_;
};

}  // namespace cleave
