// Latency, and links: from few cuts to all, each search pruned by what the ones before found.
#include "search/coarse.hpp"
#include "search/counts.hpp"
#include "search/solvers.hpp"
#include "search/trail.hpp"

#include <cmath>

namespace cleave {
namespace {

/// States (ideal x counts) beyond which counts are capped: 100 bytes each even when empty.
constexpr std::size_t kMaxStates = 10'000'000;

/// Limits are met up to rounding; the pool decides.
constexpr double kSlack = 1 + 1e-12;

class TrailSearch {
 public:
  explicit TrailSearch(const SearchContext& context)
      : context_(context),
        latency_(context.options.latency),
        timed_(latency_ || std::isfinite(context.problem.limits.latency_s)) {}

  Outcome run() {
    const CostTable& cost = context_.problem.cost;
    const Lattice chain = Lattice::chain(cost);
    const auto lattice = Lattice::up_to_twins(cost, context_.options.max_ideals, context_.stopped);
    if (!lattice)
      if (const auto outcome = solve_joined(context_, solve_trail)) return *outcome;
    const CostTable capped = with_capped_counts(cost, kMaxStates / (lattice ? lattice->size() : chain.size()));
    const bool whole = lattice && Counts::number_of(capped) == Counts::number_of(cost);
    const auto with_cuts = [&](const Lattice& where, const std::vector<bool>& cuts, const char* phase) {
      return solve(capped, where, cuts, phase);
    };
    const bool solved = refine(capped, chain, lattice ? &*lattice : nullptr, with_cuts);
    return {.exhaustive = whole && solved, .ideals = lattice ? lattice->size() : 0};
  }

 private:
  bool solve(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const char* phase) {
    const double batch = static_cast<double>(cost.batch);
    const Limits& limits = context_.problem.limits;
    TrailTask task{.cost = cost, .lattice = lattice, .cuts = cuts};
    for (const auto& some : {context_.pool.answer_figures(), context_.pool.assumed()})
      for (const Known& one : some) task.known.push_back({one.period_s, one.energy_j * batch, one.latency_s});
    // Above the limits, also where one is 0: what the task finds is below the ceiling.
    const auto above = [](double limit) { return std::nextafter(limit * kSlack, kCannot); };
    task.ceiling = {above(limits.period_s), above(limits.energy_j * batch), above(limits.latency_s)};
    task.timed = timed_;
    task.give_up = context_.stopped;
    task.on_progress = [&](double fraction) { context_.report(phase, fraction); };
    TrailResult result = solve_trail(task);
    context_.pool.add_all(std::move(result.plans), phase);
    return result.finished;
  }

  const SearchContext& context_;
  bool latency_;  ///< an objective
  bool timed_;    ///< an objective or limited
};

}  // namespace

bool needs_trail(const SearchContext& context) {
  return context.options.latency || std::isfinite(context.problem.limits.latency_s) || context.problem.cost.links;
}

Outcome solve_trail(const SearchContext& context) { return TrailSearch(context).run(); }

}  // namespace cleave
