// Free plans by annealing from many starts at once.
#include "base/parallel.hpp"
#include "search/legal.hpp"
#include "search/local/multilevel.hpp"
#include "search/solvers.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using namespace local;

constexpr std::size_t kStarts = 16;  ///< in a round; they share what was known before it
constexpr std::size_t kRounds = 12;
constexpr std::size_t kFruitless = 3;         ///< rounds in a row without a better plan, then it ends
constexpr std::size_t kFirstSteps = 16'000;   ///< of each start in the first round, or
constexpr std::size_t kStepsPerOperator = 8;  ///< so many times the operators
constexpr std::size_t kDoublings = 3;         ///< of the steps, one a round
constexpr std::size_t kMostBesideLabels = 4000;
constexpr double kHot = 0.02;  ///< two percent worse is accepted with probability 1/e
constexpr double kCold = 0.0002;

/// What one start tries, and from where.
struct Start {
  Goal goal;
  const Plan* plan = nullptr;  ///< none: from a partition
};

/// A quarter of the starts minimise the period, the others the energy at a known plan's period or the period at a
/// known plan's energy and a little more: so the frontier moves everywhere. Every second start is from a partition.
Start draw_start(const std::vector<Candidate>& known, std::size_t index, Random& random) {
  Start start;
  if (known.empty()) return start;
  std::size_t at = 0;
  if (index % 4 != 0 && known[0].energy_j > 0) {
    at = random.below(known.size());
    start.goal.energy = random.below(2) == 0;
    if (!start.goal.energy) {
      // Up to halfway to what the next faster plan takes, in logarithms.
      const double faster = at > 0 ? std::min(2.0, known[at - 1].energy_j / known[at].energy_j) : 2;
      start.goal.most_energy_j = known[at].energy_j * std::pow(faster, random.real() / 2);
    }
  }
  start.goal.period_s = known[at].period_s;
  if (index % 2 == 0) start.plan = &known[at].plan;
  return start;
}

class MultiStart {
 public:
  explicit MultiStart(const SearchContext& context)
      : context_(context),
        cost_(context.problem.cost),
        flat_(cost_),
        first_steps_(std::max(kFirstSteps, kStepsPerOperator * flat_.operators())) {}

  void run() {
    std::size_t fruitless = 0;
    for (std::size_t round = 0; round < kRounds && fruitless < kFruitless && !context_.stopped(); ++round) {
      context_.report("local search", static_cast<double>(round) / kRounds);
      fruitless = search(round) ? 0 : fruitless + 1;
    }
  }

 private:
  /// Has it found anything better?
  bool search(std::size_t round) {
    const auto known = context_.pool.known();
    const auto scores = context_.pool.scores();
    const std::size_t steps = first_steps_ << std::min(round, kDoublings);
    std::vector<std::vector<Placement>> found(kStarts);
    in_parallel(std::size_t{0}, kStarts, [&](std::size_t i) {
      Random random(Random(context_.options.seed + kStarts * round + i).next());
      Archive archive(scores);
      improve(draw_start(known, i, random), steps, random, archive);
      found[i] = archive.found();
    });
    bool better = false;
    for (const auto& placements : found)
      for (const Placement& placement : placements) better |= take(plan_of(cost_, placement));
    return better;
  }

  void improve(const Start& start, std::size_t steps, Random& random, Archive& archive) const {
    if (start.plan) return refine(*start.plan, start.goal, steps, random, archive);
    if (const auto plan = multilevel_start(flat_, start.goal, steps / 2, random, context_.stopped))
      refine(*plan, start.goal, steps / 2, random, archive);
  }
  void refine(const Plan& plan, const Goal& goal, std::size_t steps, Random& random, Archive& archive) const {
    Assignment assignment(flat_, plan);
    anneal(assignment, goal, {.steps = steps, .hot = kHot, .cold = kCold}, random, archive, context_.stopped);
  }

  /// Rounding may have made a plan look as if it fitted.
  bool take(Plan plan) {
    if (!feasible(cost_, plan)) return false;
    context_.pool.add(std::move(plan), "local");
    return true;
  }

  const SearchContext context_;
  const CostTable& cost_;
  FlatCost flat_;
  std::size_t first_steps_;
};

}  // namespace

bool local_applies(const SearchContext& context) {
  const CostTable& cost = context.problem.cost;
  if (cost.links || cost.operator_count() == 0 || cost.modes.empty()) return false;
  return context.options.solver == Solver::local ||
         (context.options.solver == Solver::automatic && std::isfinite(context.options.time_limit_s));
}

Outcome solve_local(const SearchContext& context) {
  // The bounds, and other solvers, need the rest.
  if (!labels_apply(context)) MultiStart(within(context, 0.5)).run();
  // Labels are the better starts. Beyond some size even one start from a partition takes the time they need.
  else if (context.problem.cost.operator_count() <= kMostBesideLabels)
    MultiStart(within(context, 0.2)).run();
  return {};
}

}  // namespace cleave
