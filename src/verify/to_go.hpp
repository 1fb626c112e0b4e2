#pragma once
/// What a partial plan must still cost, and whether a claimed point covers all that it can become.

#include "verify/certificate.hpp"
#include "verify/device_counts.hpp"
#include "verify/ideals.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace cleave::verify {

/// A state, prepared for questions about its partial plans.
struct Outlook {
  double least_s = 0;  ///< the period of any completion is at least this; infinite: there is none
  double idle_w = 0;   ///< of the devices in use
  bool full = false;   ///< nothing remains
  /// By number of claims that are as fast as a partial plan can be: the energy (J per batch) from which on it is
  /// covered.
  std::vector<double> covered_from_j;
};

/// Bounds by weak duality; v runs over the operators that remain, n_c is the number of free devices. For any prices >=
/// 0 every completion of period P satisfies
///   sum_v min_c price_c t[v,c]                                  <=  P sum_c price_c n_c              (period)
///   sum_v min_c (e[v,c] + (idle_w[c] + price_c) t[v,c])         <=  further energy + P sum_c price_c n_c   (energy)
/// Further energy counts the idle energy of devices still to be taken, but not of those in use: that is P idle_w.
/// All sums are of terms that are not negative and are rounded down.
class ToGo {
 public:
  /// Claims count as better than they are by a relative `slack`.
  ToGo(const CostTable& cost, const Certificate& certificate, const DeviceCounts& counts, double slack);

  /// The answer lives until the next call.
  [[nodiscard]] const Outlook& outlook(const Ideals& ideals, std::uint32_t ideal, std::uint64_t code);
  /// Whatever it becomes, a claim is no worse in period and energy.
  [[nodiscard]] bool covered(const Outlook& outlook, double period_s, double energy_j) const;
  /// No stage of this load or more is in a plan that no claim covers.
  [[nodiscard]] double useful_s() const { return useful_s_; }
  /// Least energy (J per batch) of any plan at all, contiguous or not, of this period or less.
  [[nodiscard]] double any_plan_j(double period_s) const;
  /// Least period of any plan at all.
  [[nodiscard]] double any_plan_s() const;

 private:
  struct Pricing {
    double period_s = 0;
    std::vector<double> price_w;        ///< by class
    IndexVector<OpId, double> least_j;  ///< the addend of each operator
    double total_j = 0;
  };
  void add_pricing(double period_s, std::vector<double> price_w);
  [[nodiscard]] double find_useful_s() const;
  /// Least energy beyond that of the partial plan, for any period between the claim's and the next one's.
  [[nodiscard]] double least_j(std::size_t claim, double rest_j, double capacity_w, double idle_w) const;
  [[nodiscard]] Outlook prepared(const Ideals& ideals, std::uint32_t ideal, std::uint64_t code);
  const std::vector<double>& rest(const Ideals& ideals, std::uint32_t ideal);
  [[nodiscard]] std::size_t as_fast(double period_s) const;

  const CostTable& cost_;
  const DeviceCounts& counts_;
  std::vector<Claim> claims_;      ///< J per batch, made better by the slack
  std::vector<Pricing> pricings_;  ///< the first without prices, then by ascending period
  std::vector<std::size_t> near_;  ///< by claim: the pricing meant for its period
  std::vector<double> period_prices_;
  IndexVector<OpId, double> least_work_;
  double useful_s_ = 0;
  std::vector<std::vector<double>> rest_;  ///< by ideal: work, then energy of each pricing, of what remains
  std::unordered_map<std::uint32_t, std::unordered_map<std::uint64_t, Outlook>> outlooks_;  ///< by ideal, by code
  std::size_t kept_ = 0;                                                                    ///< numbers in outlooks_
};

}  // namespace cleave::verify
