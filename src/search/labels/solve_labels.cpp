// Plans from the relaxation to labels: at periods from the slowest that is of use to the least, its labellings are
// turned into plans and annealed there. What it proves about each period is kept as bounds.
#include "search/bounds.hpp"
#include "search/labels/label_plan.hpp"
#include "search/labels/relaxation.hpp"
#include "search/legal.hpp"
#include "search/local/anneal.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace cleave {
namespace {

using namespace labels;

constexpr std::size_t kChunks = 4;           ///< of the periods, each with messages and prices of its own
constexpr double kFinest = 0.0005;           ///< relative step of periods next to the least one, doubled from there on
constexpr double kCoarsest = 0.05;           ///< but to no more than this
constexpr std::size_t kStepsEach = 150;      ///< of annealing a plan, by operator
constexpr std::size_t kFewestSteps = 30'000;
constexpr double kHot = 0.002;               ///< the labels are nearly right: hardly anything worse is accepted
constexpr double kCold = 0.00002;
constexpr double kCloseEnough = 1e-3;        ///< a known plan this close to the bound is left alone
constexpr double kMostEnergy = 2;            ///< what takes more than this times any known plan is of no use

/// Descending, from the period of the known plan of the least energy to the balance of work.
std::vector<double> periods(const CostTable& cost, const std::vector<Candidate>& known) {
  const double least_s = balance_s(cost, tune_prices(cost));
  const double most_s = known.back().period_s;
  std::vector<double> all;
  double step = kFinest;
  for (double period_s = least_s * (1 + step); period_s < most_s; period_s *= 1 + step) {
    all.push_back(period_s);
    step = std::min(2 * step, kCoarsest);
  }
  all.push_back(most_s);
  std::reverse(all.begin(), all.end());
  return all;
}

class LabelSearch {
 public:
  explicit LabelSearch(const SearchContext& context)
      : context_(context), cost_(context.problem.cost), flat_(cost_), known_(context.pool.known()) {}

  std::vector<PriceBound> run() {
    if (known_.empty()) return {};
    periods_s_ = periods(cost_, known_);
    struct Found {
      std::vector<local::Placement> placements;
      std::vector<PriceBound> bounds;
    };
    std::vector<Found> found(kChunks);
    std::atomic<std::size_t> done{0};
    tbb::parallel_for(
        std::size_t{0}, kChunks,
        [&](std::size_t chunk) {
          Relaxation relaxation(cost_);
          local::Random random(local::Random(context_.options.seed + chunk).next());
          local::Archive archive(context_.pool.scores());
          for (std::size_t i = chunk; i < periods_s_.size() && !context_.stopped(); i += kChunks) {
            improve(periods_s_[i], relaxation, random, archive);
            context_.report("labels", static_cast<double>(++done) / static_cast<double>(periods_s_.size()));
          }
          found[chunk] = {archive.found(), relaxation.bounds()};
        },
        tbb::simple_partitioner{});
    std::vector<PriceBound> bounds;
    for (Found& chunk : found) {
      for (const local::Placement& placement : chunk.placements)
        if (Plan plan = local::plan_of(cost_, placement); feasible(cost_, plan))
          context_.pool.add(std::move(plan), "local");
      bounds.insert(bounds.end(), chunk.bounds.begin(), chunk.bounds.end());
    }
    return bounds;
  }

 private:
  /// Of the plans known before; infinite where none is as fast.
  [[nodiscard]] double known_j(double period_s) const {
    double least_j = kCannot;
    for (const Candidate& one : known_)
      if (one.period_s <= period_s) least_j = one.energy_j * static_cast<double>(cost_.batch);
    return least_j;
  }

  void improve(double period_s, Relaxation& relaxation, local::Random& random, local::Archive& archive) const {
    const double most_j = kMostEnergy * known_.front().energy_j * static_cast<double>(cost_.batch);
    const double best_j = std::min(most_j, known_j(period_s));
    const Relaxed relaxed = relaxation.solve(period_s, best_j, context_.stopped);
    if (relaxed.energy_j >= best_j * (1 - kCloseEnough)) return;
    for (const Labelling& labels : relaxed.labellings) {
      if (context_.stopped()) return;
      const auto plan = label_plan(cost_, labels, relaxed.devices);
      if (!plan) continue;
      local::Assignment assignment(flat_, *plan);
      const local::Goal goal{.energy = true, .period_s = period_s};
      const local::Schedule schedule{
          .steps = std::max(kFewestSteps, kStepsEach * cost_.operator_count()), .hot = kHot, .cold = kCold};
      local::anneal(assignment, goal, schedule, random, archive, context_.stopped);
    }
  }

  const SearchContext& context_;
  const CostTable& cost_;
  local::FlatCost flat_;
  std::vector<Candidate> known_;
  std::vector<double> periods_s_;
};

}  // namespace

bool labels_apply(const SearchContext& context) {
  const CostTable& cost = context.problem.cost;
  return local_applies(context) && Relaxation::applies(cost) && !takes_no_joules(cost);
}

Outcome solve_labels(const SearchContext& context) {
  return {.energy_bounds = LabelSearch(within_half(context)).run()};
}

}  // namespace cleave
