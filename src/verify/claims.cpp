// What follows about one plan from a certificate that holds.
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

}  // namespace

std::vector<std::string> verify_quality(const CostTable& cost, const Certificate& certificate, const Plan& plan,
                                        const ClaimedQuality& claimed) {
  const verify::DeviceCounts counts(cost);
  const verify::ToGo to_go(cost, certificate, counts, 0);
  const bool of_contiguous = claimed.proven && is_contiguous(cost, plan);
  if (of_contiguous && !certificate.contiguous)
    return {"it is said to be proven, the certificate proves nothing about contiguous plans"};
  std::vector<std::string> complaints;
  double least_j = to_go.any_plan_j(claimed.period_s) / static_cast<double>(cost.batch);
  double least_s = to_go.any_plan_s();
  if (of_contiguous) {
    least_j = contiguous_j(certificate, claimed.period_s);
    least_s = certificate.claims.empty() ? kCannot : certificate.claims.front().period_s;
    for (const Claim& claim : certificate.claims) {
      const bool faster = claim.period_s * kSame < claimed.period_s && claim.energy_j <= claimed.energy_j * kSame;
      const bool thriftier = claim.energy_j * kSame < claimed.energy_j && claim.period_s <= claimed.period_s * kSame;
      if (faster || thriftier)
        complaints.push_back(fmt::format(
            "it is said to be proven, by the certificate there may be a plan of period {:.9g} s and energy {:.9g} J",
            claim.period_s, claim.energy_j));
    }
  } else if (claimed.proven &&
             (claimed.bounds_period ? claimed.period_s > least_s * kSame : claimed.energy_j > least_j * kSame)) {
    complaints.push_back("it is said to be proven among all plans, the certificate does not prove that");
  }
  const double certified = claimed.bounds_period ? least_s : least_j;
  if (claimed.bound > certified * kSame)
    complaints.push_back(
        fmt::format("its bound {:.9g} lies above what the certificate proves, {:.9g}", claimed.bound, certified));
  return complaints;
}

}  // namespace cleave
