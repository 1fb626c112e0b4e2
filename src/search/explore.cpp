// The gate that every search passes: start from the baselines, run the solvers, price every plan anew, keep
// what nothing dominates, and say how good it is.
#include "base/parallel.hpp"
#include "search/any_bounds/any_bounds.hpp"
#include "search/flow_order.hpp"
#include "search/legal.hpp"
#include "search/never_fits.hpp"
#include "search/pool.hpp"
#include "search/progress_gauge.hpp"
#include "search/solvers.hpp"
#include "search/stage_cost.hpp"
#include "search/weights.hpp"

#include <cleave/explore.hpp>

#include <chrono>
#include <cmath>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Of the time limit: bounds get the rest, as they say what the plans are worth.
constexpr double kSearchShare = 0.95;

/// A solver: when it runs, and its function.
struct SolverRow {
  bool (*applies)(const SearchContext&);
  Outcome (*run)(const SearchContext&);
};

constexpr SolverRow kSolvers[] = {
    {[](const SearchContext& context) { return !context.problem.cost.links; }, solve_contiguous},
    {needs_trail, solve_trail},
    {local_applies, solve_local},
    {labels_apply, solve_labels},
    {period_bound_applies, solve_period_bound},
    {ilp_applies, solve_ilp},
};

class Exploration {
 public:
  Exploration(const Problem& problem, const ExploreOptions& options)
      : problem_(problem),
        options_(options),
        start_(Clock::now()),
        search_s_(kSearchShare * options.time_limit_s),
        pool_(problem, options.latency),
        gauge_(problem, pool_, options.on_progress) {}

  Frontier run() {
    Frontier frontier;
    for (Baseline& baseline : baselines(problem_)) pool_.add(std::move(baseline.plan), "baseline");
    add_single_devices();
    if (runnable(problem_.cost)) outcome_ = solve_all();
    frontier.ideals = outcome_.ideals;
    frontier.exhaustive = outcome_.exhaustive;
    frontier.complete = outcome_.exhaustive || !stopped();
    gauge_.report("bounds", 0, seconds_since(start_));
    fill_points(frontier);
    frontier.elapsed_s = seconds_since(start_);
    return frontier;
  }

 private:
  [[nodiscard]] bool stopped() const { return options_.stop.stop_requested() || seconds_since(start_) > search_s_; }

  /// Nothing has less latency than one device alone, unless transfers are cheap.
  void add_single_devices() {
    std::vector<OpId> all;
    for (const OpId op : problem_.cost.inputs.ids()) all.push_back(op);
    for (const ModeId mode : problem_.cost.modes.ids())
      if (Plan alone{{{mode, 1, all}}}; feasible(problem_.cost, alone)) pool_.add(std::move(alone), "baseline");
  }

  Outcome solve_all() {
    const SearchContext context{
        .problem = problem_,
        .options = options_,
        .pool = pool_,
        .stopped = [this] { return stopped(); },
        .seconds_left = [this] { return search_s_ - seconds_since(start_); },
        .report = [this](const char* phase, double fraction) { gauge_.report(phase, fraction, seconds_since(start_)); },
    };
    Outcome all;
    for (const SolverRow& row : kSolvers) {
      if (all.optimal) break;  // nothing is better than what is known
      if (!row.applies(context)) continue;
      const Outcome one = row.run(context);
      all.exhaustive |= one.exhaustive;
      all.optimal |= one.optimal;
      if (one.period_evidence.period_s > all.period_evidence.period_s) all.period_evidence = one.period_evidence;
      all.period_bound_s = std::max(all.period_bound_s, one.period_bound_s);
      all.ideals = std::max(all.ideals, one.ideals);
      all.energy_bounds.insert(all.energy_bounds.end(), one.energy_bounds.begin(), one.energy_bounds.end());
    }
    return all;
  }

  /// By ascending throughput. Contiguous ones are proven when the search of these was exhaustive.
  void fill_points(Frontier& frontier) const {
    std::vector<FrontierPoint>& points = frontier.points;
    std::vector<Candidate> answer = pool_.answer();
    for (auto candidate = answer.rbegin(); candidate != answer.rend(); ++candidate) {
      const bool exact = outcome_.exhaustive && is_contiguous(problem_.cost, candidate->plan);
      points.push_back({.plan = std::move(candidate->plan),
                        .score = std::move(candidate->score),
                        .proven = exact || outcome_.optimal,
                        .solver = exact ? "exact" : candidate->solver});
    }
    bound_all_plans(problem_, outcome_, frontier);
    assign_weights(points);
  }

  const Problem& problem_;
  const ExploreOptions& options_;
  Clock::time_point start_;
  double search_s_;
  Pool pool_;
  ProgressGauge gauge_;
  Outcome outcome_;
};

}  // namespace

SearchContext within(const SearchContext& context, double share) {
  SearchContext part = context;
  const double rest_s = context.seconds_left() * (1 - share);
  if (!std::isfinite(rest_s)) return part;
  part.stopped = [stopped = context.stopped, left_s = context.seconds_left, rest_s] {
    return stopped() || left_s() < rest_s;
  };
  part.seconds_left = [left_s = context.seconds_left, rest_s] { return left_s() - rest_s; };
  return part;
}

std::string_view name_of(Solver solver) {
  switch (solver) {
    case Solver::automatic:
      return "auto";
    case Solver::exact:
      return "exact";
    case Solver::local:
      return "local";
    case Solver::ilp:
      return "ilp";
  }
  return "";
}

Frontier explore(const Problem& problem, const ExploreOptions& options) {
  const Problem fitting{without_what_never_fits(problem.cost), problem.limits};
  return on_threads(options.threads, [&] { return Exploration(fitting, options).run(); });
}

}  // namespace cleave
