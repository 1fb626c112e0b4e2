#pragma once
/// The verifier of certificates: believes the cost table and nothing else.

#include "verify/certificate.hpp"

#include <cleave/plan.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// What is wrong with a certificate as a proof about `cost`, one sentence each; empty when it holds. Then
/// every contiguous plan has a claim that is no worse in period and in energy, up to `claim_slack` (tolerance.hpp) and
/// a relative 1e-12 x stages (nothing is claimed of contiguous plans where `contiguous` is false).
[[nodiscard]] std::vector<std::string> verify_certificate(const CostTable& cost, const Certificate& certificate,
                                                          std::size_t max_ideals = 2'000'000);

/// What a plan file says about how good its plan is. Energies are J per inference. Period and energy are the plan's
/// own, computed anew: where other plans are almost as good, a file that is off by what scores may be off would count.
struct ClaimedQuality {
  double period_s = 0;
  double energy_j = 0;
  double bound = 0;  ///< least energy of any plan of this period or less; the least period where `bounds_period`
  bool bounds_period = false;
  bool proven = false;
  double any_bound = 0;  ///< as `bound`, of all plans, contiguous or not; 0: nothing is said
};

/// What of a claim does not follow from a certificate that holds; one sentence each.
[[nodiscard]] std::vector<std::string> verify_quality(const CostTable& cost, const Certificate& certificate,
                                                      const Plan& plan, const ClaimedQuality& claimed);

}  // namespace cleave
