// The gate that every search passes: start from the baselines, solve the chain of one linear order,
// then the whole lattice; price every plan anew, keep what nothing dominates, and say how good it is.
#include "search/counts.hpp"
#include "search/exact.hpp"
#include "search/lattice.hpp"
#include "search/legal.hpp"
#include "search/lower_envelope.hpp"
#include "search/stage_cost.hpp"
#include "search/staircase.hpp"
#include "search/weights.hpp"

#include <cleave/explore.hpp>

#include <tbb/info.h>
#include <tbb/task_arena.h>

#include <chrono>
#include <cmath>
#include <numeric>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// States (ideal x counts) beyond which counts are capped: 24 bytes each even when empty.
constexpr std::size_t kMaxStates = 60'000'000;

bool within(const Limits& limits, const Score& score) {
  return score.period_s <= limits.period_s && score.latency_s <= limits.latency_s && score.energy_j <= limits.energy_j;
}

struct Candidate {
  double period_s = 0;
  double energy_j = 0;
  Plan plan;
  Score score;
  std::string solver;
};

/// Plans that differ by rounding only are one plan.
constexpr double kSame = 1 + 1e-12;

/// Fast to slow, without those that are as fast or as lean as their neighbour up to rounding.
std::vector<Candidate> distinct(const std::vector<Candidate>& sorted) {
  std::vector<Candidate> kept;
  for (const Candidate& candidate : sorted) {
    if (kept.empty() || candidate.period_s > kept.back().period_s * kSame) {
      if (kept.empty() || candidate.energy_j * kSame < kept.back().energy_j) kept.push_back(candidate);
    } else {
      kept.back() = candidate;
    }
  }
  return kept;
}

/// Every plan that the solvers come by: the frontier of all, which prunes the search, and the
/// frontier of those within the limits, which is the answer.
class Pool {
 public:
  Pool(const CostTable& cost, const Limits& limits) : cost_(cost), limits_(limits) {}
  void add(Plan plan, const std::string& solver) {
    const Score score = evaluate(cost_, plan);
    const Candidate candidate{score.period_s, score.energy_j, std::move(plan), score, solver};
    frontier_.insert(candidate);
    if (within(limits_, score)) allowed_.insert(candidate);
  }
  [[nodiscard]] std::vector<Candidate> answer() const { return distinct(allowed_.items()); }
  /// No plan at all, within the limits or not, is better in one and no worse in the other.
  [[nodiscard]] bool undominated(const Candidate& candidate) const {
    return frontier_.least_energy_until(candidate.period_s) >= candidate.energy_j;
  }
  [[nodiscard]] std::vector<Score> scores() const {
    std::vector<Score> scores;
    for (const Candidate& candidate : frontier_.items()) scores.push_back(candidate.score);
    return scores;
  }

 private:
  const CostTable& cost_;
  const Limits& limits_;
  Staircase<Candidate> frontier_;
  Staircase<Candidate> allowed_;
};

/// The table with fewer devices, until the states fit: first of the largest classes, then without
/// the classes on which the network would take longest.
CostTable with_capped_counts(CostTable cost, std::size_t ideals) {
  const auto slowness = [&](ClassId device) {
    double seconds = 0;
    for (const ModeId mode : cost.modes.ids())
      if (cost.modes[mode].device_class == device)
        for (const OpId op : cost.inputs.ids()) seconds += cost.compute_s(op, mode);
    return seconds;
  };
  IndexVector<ClassId, double> seconds(cost.classes.size(), 0.0);
  for (const ClassId device : cost.classes.ids()) seconds[device] = slowness(device);
  while (Counts::number_of(cost) > static_cast<double>(kMaxStates / ideals)) {
    ClassId victim(0);
    for (const ClassId device : cost.classes.ids()) {
      const int more = cost.classes[device].count - cost.classes[victim].count;
      if (more > 0 || (more == 0 && seconds[device] > seconds[victim])) victim = device;
    }
    --cost.classes[victim].count;
  }
  return cost;
}

/// Prefixes of the operators, about `parts` of them, a like amount of work apart; both ends included.
std::vector<bool> even_cuts(const CostTable& cost, std::size_t parts) {
  double total = 0;
  for (const OpId op : cost.inputs.ids()) total += fastest_s(cost, op);
  std::vector<bool> cuts(cost.operator_count() + 1, false);
  double done = 0;
  double next = 0;
  for (const OpId op : cost.inputs.ids()) {
    cuts[op.at()] = done >= next;
    if (done >= next) next += total / static_cast<double>(parts);
    done += fastest_s(cost, op);
  }
  cuts.back() = true;
  return cuts;
}

/// Of each level the `width` ideals whose boundary is cheapest to move: where cuts are likely.
std::vector<bool> narrow_cuts(const CostTable& cost, const Lattice& lattice, std::size_t width) {
  IndexVector<TensorId, double> weight(cost.tensors.size(), kCannot);
  for (const TensorId tensor : cost.tensors.ids())
    for (const ModeId mode : cost.modes.ids())
      weight[tensor] = std::min(weight[tensor], cost.transfer_bytes(tensor, mode));
  const auto boundary = lattice.boundary(cost, weight);
  std::vector<bool> cuts(lattice.size(), false);
  for (std::size_t level = 0; level < lattice.levels(); ++level) {
    std::vector<std::uint32_t> ideals(lattice.last(level) - lattice.first(level));
    std::iota(ideals.begin(), ideals.end(), lattice.first(level));
    std::stable_sort(ideals.begin(), ideals.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return boundary[a] < boundary[b]; });
    for (std::size_t i = 0; i < std::min(width, ideals.size()); ++i) cuts[ideals[i]] = true;
  }
  return cuts;
}

class Exploration {
 public:
  Exploration(const Problem& problem, const ExploreOptions& options)
      : problem_(problem), options_(options), start_(Clock::now()), pool_(problem.cost, problem.limits) {}

  Frontier run() {
    Frontier frontier;
    for (Baseline& baseline : baselines(problem_)) pool_.add(std::move(baseline.plan), "baseline");
    add_single_devices();
    if (runnable()) frontier.exhaustive = solve_all(frontier);
    frontier.complete = frontier.exhaustive || !stopped();
    frontier.points = points(frontier.exhaustive);
    frontier.elapsed_s = seconds_since(start_);
    return frontier;
  }

 private:
  [[nodiscard]] bool stopped() const {
    return options_.stop.stop_requested() || seconds_since(start_) > options_.time_limit_s;
  }

  /// Nothing has less latency than one device alone, unless transfers are cheap.
  void add_single_devices() {
    std::vector<OpId> all;
    for (const OpId op : problem_.cost.inputs.ids()) all.push_back(op);
    for (const ModeId mode : problem_.cost.modes.ids())
      if (Plan alone{{{mode, 1, all}}}; feasible(problem_.cost, alone)) pool_.add(std::move(alone), "baseline");
  }

  /// Some mode runs each operator.
  [[nodiscard]] bool runnable() const {
    for (const OpId op : problem_.cost.inputs.ids()) {
      bool any = false;
      for (const ModeId mode : problem_.cost.modes.ids()) any |= std::isfinite(problem_.cost.compute_s(op, mode));
      if (!any) return false;
    }
    return true;
  }

  bool solve(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const char* phase) {
    const auto report = [&](double fraction) {
      if (options_.on_progress) options_.on_progress({phase, fraction});
    };
    ExactResult result = solve_exact(
        cost, lattice, cuts, pool_.scores(), [&] { return stopped(); }, report);
    for (Plan& plan : result.plans) pool_.add(std::move(plan), phase);
    return result.finished;
  }

  /// From few cut positions to all: a coarse frontier is cheap and prunes most of the next finer one.
  /// True when the chain was solved to the end.
  bool solve_chain(const Lattice& chain, const CostTable& cost) {
    for (std::size_t parts = 8; parts < cost.operator_count(); parts *= 2)
      solve(cost, chain, even_cuts(cost, parts), "chain");
    return solve(cost, chain, std::vector<bool>(chain.size(), true), "chain");
  }

  /// True when the whole problem, nothing capped, was solved to the end.
  bool solve_all(Frontier& frontier) {
    std::vector<OpId> order;
    for (const OpId op : problem_.cost.inputs.ids()) order.push_back(op);
    const Lattice chain = Lattice::chain(problem_.cost, order);
    const auto lattice = Lattice::all(problem_.cost, options_.max_ideals);
    const CostTable capped = with_capped_counts(problem_.cost, lattice ? lattice->size() : chain.size());
    const bool whole = lattice && Counts::number_of(capped) == Counts::number_of(problem_.cost);
    if (lattice) frontier.ideals = lattice->size();
    const bool solved = solve_chain(chain, capped);
    if (lattice && lattice->size() == chain.size()) return solved && whole;
    return lattice && solve_lattice(*lattice, capped) && whole;
  }

  /// Again from few cuts to all.
  bool solve_lattice(const Lattice& lattice, const CostTable& cost) {
    const std::size_t mean_width = lattice.size() / lattice.levels();
    for (std::size_t width = 2; width < mean_width; width *= 3)
      solve(cost, lattice, narrow_cuts(cost, lattice, width), "lattice");
    return solve(cost, lattice, std::vector<bool>(lattice.size(), true), "exact");
  }

  /// By ascending throughput. A point is proven when the search was exhaustive and nothing at all
  /// dominates it; under a latency limit, which the search does not see, some are not.
  [[nodiscard]] std::vector<FrontierPoint> points(bool exhaustive) const {
    std::vector<FrontierPoint> points;
    std::vector<double> unproven_s;
    const std::vector<Candidate> answer = pool_.answer();
    for (auto candidate = answer.rbegin(); candidate != answer.rend(); ++candidate) {
      const bool proven = exhaustive && pool_.undominated(*candidate);
      points.push_back({.plan = candidate->plan,
                        .score = candidate->score,
                        .bound = candidate->energy_j,
                        .proven = proven,
                        .solver = proven ? "exact" : candidate->solver});
      if (!proven) unproven_s.push_back(candidate->period_s);
    }
    auto envelope_j = unproven_s.empty() ? std::vector<double>() : lower_envelope_j(problem_.cost, unproven_s);
    auto next = envelope_j.begin();
    for (FrontierPoint& point : points) {
      if (point.proven) continue;
      point.bound = std::min(point.score.energy_j, *next++ / static_cast<double>(problem_.cost.batch));
      point.gap = point.score.energy_j > 0 ? (point.score.energy_j - point.bound) / point.score.energy_j : 0;
    }
    assign_weights(points);
    return points;
  }

  const Problem& problem_;
  const ExploreOptions& options_;
  Clock::time_point start_;
  Pool pool_;
};

}  // namespace

Frontier explore(const Problem& problem, const ExploreOptions& options) {
  // More threads than cores are of no use, but asking for them is not an error.
  const int threads = std::min(options.threads > 0 ? options.threads : tbb::info::default_concurrency(),
                               tbb::info::default_concurrency());
  tbb::task_arena arena(threads);
  return arena.execute([&] { return Exploration(problem, options).run(); });
}

}  // namespace cleave
