#pragma once
/// Simulated annealing of an assignment.

#include "search/local/archive.hpp"
#include "search/local/random.hpp"

#include <functional>

namespace cleave::local {

/// What is minimised, as a logarithm: a step of 0.01 is one percent.
struct Goal {
  bool energy = false;             ///< energy with every load at most `period_s`; else the largest load
  double period_s = 1;             ///< the unit of loads, where they are minimised
  double most_energy_j = kCannot;  ///< a limit, where loads are minimised

  [[nodiscard]] double value(const Assignment& assignment, const Totals& totals) const;
};

/// From hot to cold, geometrically.
struct Schedule {
  std::size_t steps = 0;
  double hot = 0;  ///< temperature: a rise of this much is accepted with probability 1/e
  double cold = 0;
  bool whole_stages = true;  ///< also moves of whole stages, which cost their size
};

/// Changes `assignment` step by step and offers every state that it accepts to `archive`. Ends early when `stopped`.
void anneal(Assignment& assignment, const Goal& goal, const Schedule& schedule, Random& random, Archive& archive,
            const std::function<bool()>& stopped);

}  // namespace cleave::local
