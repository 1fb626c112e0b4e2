#pragma once
/// The least energy of any plan, contiguous or not, from below: the lower envelope of the frontier.

#include <cleave/evidence.hpp>

#include <vector>

namespace cleave {

struct EnergyBound {
  double energy_j = 0;           ///< per batch: no plan of this period or less takes less
  EnergyEvidence evidence = {};  ///< why
};

/// What `evidence` proves for plans of at most `period_s`, in joules per batch; rounded down.
[[nodiscard]] double proved_j(const CostTable& cost, const EnergyEvidence& evidence, double period_s);

/// For each of the periods. The prices are tuned at 24 of them at most; as a price proves a straight line, and the
/// envelope is convex, the others lose little.
[[nodiscard]] std::vector<EnergyBound> bound_energies(const CostTable& cost, const std::vector<double>& periods_s);

}  // namespace cleave
