#include "search/beyond.hpp"

#include "base/parallel.hpp"
#include "search/coarse.hpp"
#include "search/counts.hpp"
#include "search/exact.hpp"
#include "search/period.hpp"
#include "search/pool.hpp"
#include "search/solvers.hpp"
#include "search/stage_cost.hpp"
#include "search/stopwatch.hpp"
#include "search/surface.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Plans as good as a known one are found, whoever was first: which of equal plans stays does not depend on that.
constexpr double kSlack = 1 + kElsewhere;

/// States that memory holds, as in the search for one cluster.
constexpr double kMaxStates = 60e6;

/// All ideals at once: what is known makes the steps to there, which the search for one cluster takes, not worth their
/// price. Where that is little, cuts at a few places of the network's order come first. What they find only prunes:
/// the answer is the same without them.
std::optional<bool> solve_at_once(const CostTable& cost, Pool& pool, const ExploreOptions& options,
                                  const std::function<bool()>& give_up) {
  if (period_is_all(cost) || Counts::number_of(cost) * static_cast<double>(cost.operator_count() + 1) > kMaxStates)
    return std::nullopt;
  const auto lattice = Lattice::up_to_twins(cost, options.max_ideals, give_up);
  if (!lattice || Counts::number_of(cost) * static_cast<double>(lattice->size()) > kMaxStates) return std::nullopt;
  const Lattice chain = Lattice::chain(cost);
  std::vector<DevicePrices> prices;
  const auto solve = [&](const Lattice& where, const std::vector<bool>& cuts) {
    ExactResult result = solve_exact(
        cost, where, cuts, pool.scores(), give_up, [](double) {}, prices, lattice->size() != chain.size());
    if (result.finished) prices = std::move(result.prices);
    return result;
  };
  constexpr std::size_t parts = 16;
  constexpr std::size_t enough = 8;
  if (cost.operator_count() > parts && pool.scores().size() < enough)
    for (const Plan& plan : solve(chain, even_cuts(cost, parts)).plans) {
      const Score score = evaluate(cost, plan);
      pool.assume({score.period_s * kSlack, score.energy_j * kSlack});
    }
  ExactResult result = solve(*lattice, std::vector<bool>(lattice->size(), true));
  for (Plan& plan : result.plans) pool.add(std::move(plan), "lattice");
  return result.finished;
}

Outcome solve(const Problem& problem, Pool& pool, const ExploreOptions& options, const Stopwatch& watch) {
  const SearchContext context{.problem = problem,
                              .options = options,
                              .pool = pool,
                              .stopped = watch.stopped(),
                              .seconds_left = [&] { return options.time_limit_s - watch.elapsed_s(); },
                              .report = [](const char*, double) {}};
  if (needs_trail(context)) return solve_trail(context);
  if (const auto finished = solve_at_once(problem.cost, pool, options, context.stopped))
    return {.exhaustive = *finished};
  return solve_contiguous(context);
}

}  // namespace

Beyond search_beyond(const CostTable& cost, const BeyondQuestion& question, const ExploreOptions& options) {
  const Stopwatch watch(options);
  if (!runnable(cost)) return {};
  const Problem problem{.cost = cost, .limits = question.limits};
  const auto batch = static_cast<double>(cost.batch);
  Pool pool(problem, options.latency);
  Surface<Known> others;
  const double worse = 1 + question.margin;
  for (const Known& one : question.known) {
    const Known figures{one.period_s * batch * worse, one.energy_j * worse,
                        options.latency ? one.latency_s * worse : 0};
    others.insert(figures);
  }
  for (const Known& figures : others.items()) pool.assume(figures);
  for (Baseline& baseline : baselines(problem)) pool.add(std::move(baseline.plan), "baseline");
  const Outcome outcome = on_threads(options.threads, [&] { return solve(problem, pool, options, watch); });
  Beyond beyond{{}, outcome.exhaustive || !watch.stopped()()};
  for (Candidate& candidate : pool.answer()) {
    if (others.dominates(candidate.period_s, candidate.energy_j, options.latency ? candidate.score.latency_s : 0))
      continue;
    beyond.points.push_back({.plan = std::move(candidate.plan),
                             .score = std::move(candidate.score),
                             .bound = outcome.exhaustive ? candidate.energy_j : 0,
                             .gap = outcome.exhaustive ? 0.0 : 1.0,
                             .proven = outcome.exhaustive,
                             .any_gap = 1,  // not looked for
                             .solver = outcome.exhaustive ? "exact" : candidate.solver});
  }
  return beyond;
}

}  // namespace cleave
