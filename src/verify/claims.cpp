// What follows about one plan from a certificate that holds.
#include "verify/period_proof.hpp"
#include "verify/to_go.hpp"
#include "verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

constexpr double kSame = 1 + 2e-9;  ///< the certificate's own tolerance, and that of the plan's score

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
    if (claim.period_s <= period_s * kSame) least_j = std::min(least_j, claim.energy_j);
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
    const bool faster = claim.period_s * kSame < claimed.period_s && claim.energy_j <= claimed.energy_j * kSame;
    const bool thriftier = claim.energy_j * kSame < claimed.energy_j && claim.period_s <= claimed.period_s * kSame;
    if (faster || thriftier)
      complaints.push_back(fmt::format(
          "it is said to be proven, by the certificate there may be a plan of period {:.9g} s and energy {:.9g} J",
          claim.period_s, claim.energy_j));
  }
}

}  // namespace

std::vector<std::string> verify_quality(const CostTable& cost, const Certificate& certificate, const Plan& plan,
                                        const ClaimedQuality& claimed) {
  const verify::DeviceCounts counts(cost);
  const verify::ToGo to_go(cost, certificate, counts, 0);
  const double figure = claimed.bounds_period ? claimed.period_s : claimed.energy_j;
  const double any_least = claimed.bounds_period
                               ? std::max(to_go.any_plan_s(), verify::proved_s(certificate.period_bound))
                               : to_go.any_plan_j(claimed.period_s) / static_cast<double>(cost.batch);
  std::vector<std::string> complaints;
  if (claimed.any_bound > any_least * kSame)
    complaints.push_back(fmt::format("its bound of all plans, {:.9g}, lies above what the certificate proves, {:.9g}",
                                     claimed.any_bound, any_least));
  const bool of_contiguous = claimed.proven && is_contiguous(cost, plan);
  if (of_contiguous && !certificate.contiguous) {
    complaints.emplace_back("it is said to be proven, the certificate proves nothing about contiguous plans");
    return complaints;
  }
  double least = any_least;
  if (of_contiguous) {
    least = claimed.bounds_period ? contiguous_s(certificate) : contiguous_j(certificate, claimed.period_s);
    add_better_claims(certificate, claimed, complaints);
  } else if (claimed.proven && figure > any_least * kSame) {
    complaints.push_back(
        fmt::format("it is said to be proven among all plans, the certificate does not cover that: by it there may be "
                    "one of {:.9g} "
                    "where this has {:.9g}",
                    any_least, figure));
  }
  if (claimed.bound > least * kSame)
    complaints.push_back(
        fmt::format("its bound {:.9g} lies above what the certificate proves, {:.9g}", claimed.bound, least));
  return complaints;
}

}  // namespace cleave
