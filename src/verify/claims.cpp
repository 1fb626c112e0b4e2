// What follows about one plan from a certificate that holds.
#include "verify/label_bound.hpp"
#include "verify/period_proof.hpp"
#include "verify/runnable.hpp"
#include "verify/to_go.hpp"
#include "verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

constexpr double kSame = 1 + 2e-9;  ///< room for what bounds of all plans lose by rounding
/// A claim refutes a plan that it beats by more than the first in one figure and is no worse than in the other, where
/// figures within the second are one, as they are for the search. With more room there, claims next to each other would
/// refute one another.
constexpr double kBetter = 1 + 5e-10;
constexpr double kTwin = 1 + 1e-12;

constexpr int kSteps = 30;  ///< of halving the interval in which what can be proved lies

/// With nine digits, or as many as it takes to tell it from `other`.
std::string apart(double figure, double other) {
  constexpr int all_digits = 17;
  int digits = 9;
  const auto text = [&](double value) { return fmt::format("{:.{}g}", value, digits); };
  while (figure != other && digits < all_digits && text(figure) == text(other)) ++digits;
  return text(figure);
}

/// Data flows from earlier stages to later ones.
bool is_contiguous(const CostTable& cost, const Plan& plan) {
  IndexVector<OpId, std::size_t> stage_of(cost.operator_count(), 0);
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) stage_of[op] = s;
  for (const TensorUse& use : cost.tensors)
    for (const OpId reader : use.consumers)
      if (use.producer.valid() && stage_of[use.producer] > stage_of[reader]) return false;
  return true;
}

/// Least energy of contiguous plans of this period or less; infinite when there are none.
double contiguous_j(const Certificate& certificate, double period_s) {
  double least_j = kCannot;
  for (const Claim& claim : certificate.claims)
    if (claim.period_s <= period_s * kTwin) least_j = std::min(least_j, claim.energy_j);
  return least_j;
}

/// Least period of contiguous plans; infinite when there are none.
double contiguous_s(const Certificate& certificate) {
  return certificate.claims.empty() ? kCannot : certificate.claims.front().period_s;
}

/// Where there may be a contiguous plan that is better in one figure and no worse in the other.
void add_better_claims(const Certificate& certificate, const ClaimedQuality& claimed,
                       std::vector<std::string>& complaints) {
  for (const Claim& claim : certificate.claims) {
    const bool faster = claim.period_s * kBetter < claimed.period_s && claim.energy_j <= claimed.energy_j * kTwin;
    const bool thriftier = claim.energy_j * kBetter < claimed.energy_j && claim.period_s <= claimed.period_s * kTwin;
    if (faster || thriftier)
      complaints.push_back(
          fmt::format("it is said to be proven, by the certificate there may be a plan of period {} s and energy {} J, "
                      "where this has {} s and {} J",
                      apart(claim.period_s, claimed.period_s), apart(claim.energy_j, claimed.energy_j),
                      apart(claimed.period_s, claim.period_s), apart(claimed.energy_j, claim.energy_j)));
  }
}

std::string too_high(double bound, double least) {
  return fmt::format("its bound {} lies above what the certificate proves, {}", apart(bound, least),
                     apart(least, bound));
}

/// What the certificate proves about all plans at all, contiguous or not, in the figure that counts.
class AnyPlans {
 public:
  AnyPlans(const CostTable& cost, const Certificate& certificate, const ClaimedQuality& claimed)
      : cost_(cost), certificate_(certificate), claimed_(claimed) {
    const verify::DeviceCounts counts(cost);
    const verify::ToGo to_go(cost, certificate, counts, 0);
    if (claimed.bounds_period)
      least_ = std::max(to_go.any_plan_s(), verify::proved_s(certificate.period_bound));
    else
      least_ = to_go.any_plan_j(claimed.period_s) / static_cast<double>(cost.batch);
  }

  /// None has a figure below this one?
  bool reach(double figure) {
    if (figure <= least_ * kSame) return true;
    if (claimed_.bounds_period || certificate_.label_bounds.empty()) return false;
    if (labels_reach(figure)) {
      least_ = figure;
      return true;
    }
    double too_much = figure;
    for (int step = 0; step < kSteps; ++step) {  // the complaint shall say what could be had
      const double middle = (least_ + too_much) / 2;
      (labels_reach(middle) ? least_ : too_much) = middle;
    }
    return false;
  }
  /// All that is known so far.
  [[nodiscard]] double least() const { return least_; }

 private:
  [[nodiscard]] bool labels_reach(double energy_j) const {
    return verify::labels_prove(cost_, certificate_.label_bounds, claimed_.period_s,
                                energy_j / kSame * static_cast<double>(cost_.batch));
  }

  const CostTable& cost_;
  const Certificate& certificate_;
  const ClaimedQuality& claimed_;
  double least_ = 0;
};

}  // namespace

std::vector<std::string> verify_quality(const CostTable& table, const Certificate& certificate, const Plan& plan,
                                        const ClaimedQuality& claimed) {
  const CostTable cost = verify::only_runnable(table);
  const double figure = claimed.bounds_period ? claimed.period_s : claimed.energy_j;
  AnyPlans any(cost, certificate, claimed);
  std::vector<std::string> complaints;
  if (!any.reach(claimed.any_bound))
    complaints.push_back(fmt::format("its bound of all plans, {}, lies above what the certificate proves, {}",
                                     apart(claimed.any_bound, any.least()), apart(any.least(), claimed.any_bound)));
  const bool of_contiguous = claimed.proven && is_contiguous(cost, plan);
  if (of_contiguous && !certificate.contiguous) {
    complaints.emplace_back("it is said to be proven, the certificate proves nothing about contiguous plans");
    return complaints;
  }
  if (of_contiguous) {
    const double least =
        claimed.bounds_period ? contiguous_s(certificate) : contiguous_j(certificate, claimed.period_s);
    add_better_claims(certificate, claimed, complaints);
    if (claimed.bound > least * kBetter) complaints.push_back(too_high(claimed.bound, least));
    return complaints;
  }
  if (claimed.proven && !any.reach(figure))
    complaints.push_back(
        fmt::format("it is said to be proven among all plans, the certificate does not cover that: by it there may be "
                    "one of {} where this has {}",
                    apart(any.least(), figure), apart(figure, any.least())));
  if (!any.reach(claimed.bound)) complaints.push_back(too_high(claimed.bound, any.least()));
  return complaints;
}

}  // namespace cleave
