#pragma once
/// Writing certificates. Nothing here is trusted: what it writes is for the verifier to judge.

#include "verify/certificate.hpp"

#include <cstddef>
#include <functional>

namespace cleave {

struct CertifyOptions {
  std::size_t max_ideals = 2'000'000;
  std::size_t max_labels = 5'000'000;
  std::function<bool()> give_up = {};  ///< polled once an ideal
};

/// What somebody else has found out.
struct Findings {
  std::vector<EnergyPrices> energy_prices = {};
  PeriodEvidence period = {};
  std::vector<LabelEvidence> labels = {};
  std::vector<TwinBranches> twins = {};
};

/// A closed list of partial plans that proves `claims` (ascending period, descending energy), if there is one:
/// `contiguous` is false when a plan that no claim covers was met, when the lists grow beyond the limits, or
/// when `give_up` said so. Any `findings` do; good ones keep the lists short.
[[nodiscard]] Certificate certify(const CostTable& cost, std::vector<Claim> claims, Findings findings,
                                  const CertifyOptions& options = {});

/// A certificate that claims no contiguous point: it bounds plans of all kinds.
[[nodiscard]] Certificate certify_bounds(const CostTable& cost, Findings findings);

}  // namespace cleave
