// The bound of the period of all plans as a solver: where it meets the best plan, nothing is left to search for.
#include "search/any_bounds/period_bound.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"

#include <cmath>

namespace cleave {
namespace {

/// A plan whose period is this close to the bound, relatively, is as good as any.
constexpr double kClose = 1e-9;

/// The balance alone takes no time; more may take a minute or two, and needs leave.
double work(const ExploreOptions& options) {
  const bool leave = std::isfinite(options.time_limit_s) || options.solver == Solver::ilp;
  return leave ? 1e10 : 0;
}

}  // namespace

bool period_bound_applies(const SearchContext& context) {
  return takes_no_joules(context.problem.cost) && !context.pool.known().empty();
}

Outcome solve_period_bound(const SearchContext& context) {
  context.report("bounds", 0);
  const std::vector<Candidate> candidates = context.pool.known();  // the fastest first
  std::vector<Plan> known;
  for (const Candidate& candidate : candidates) known.push_back(candidate.plan);
  const SearchContext mine = ilp_applies(context) ? within(context, 0.5) : context;
  Outcome outcome;
  outcome.period_evidence =
      bound_period(context.problem.cost, known, {.work = work(context.options), .stopped = mine.stopped});
  outcome.period_bound_s = outcome.period_evidence.period_s;
  const bool latency = context.options.latency || std::isfinite(context.problem.limits.latency_s);
  outcome.optimal = !latency && outcome.period_bound_s >= candidates.front().period_s * (1 - kClose);
  return outcome;
}

}  // namespace cleave
