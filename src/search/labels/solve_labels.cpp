// Plans from the relaxation to labels. First at periods from the slowest that is of use to the least: its labellings
// are turned into plans and annealed there. Then again and again where the known plans are farthest from the bounds.
#include "base/parallel.hpp"
#include "search/bounds.hpp"
#include "search/labels/label_plan.hpp"
#include "search/labels/relaxation.hpp"
#include "search/legal.hpp"
#include "search/local/anneal.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <set>

namespace cleave {
namespace {

using namespace labels;

constexpr std::size_t kWorkers = 4;  ///< each with messages and prices of its own; whatever the threads
constexpr double kFinest = 0.0005;   ///< relative step of periods next to the least one, doubled from there on
constexpr double kCoarsest = 0.05;   ///< but to no more than this
constexpr double kShortest = 1e-6;   ///< of the slowest period of use, where operators take no time
constexpr std::size_t kRounds = 8;
constexpr std::size_t kEachRound = 16;   ///< periods
constexpr double kApart = 0.002;         ///< relative, of the periods of a round
constexpr double kCloseEnough = 1e-3;    ///< a plan this close to its bound is left alone
constexpr double kNear = 0.03;           ///< a plan this close to its bound is worth annealing itself
constexpr double kMostEnergy = 2;        ///< what takes more than this times any known plan is of no use
constexpr std::size_t kMostStarts = 2;   ///< labellings of a period
constexpr std::size_t kStepsEach = 300;  ///< of annealing, by operator
constexpr std::size_t kFewestSteps = 30'000;
constexpr std::size_t kMostSteps = 1'000'000;
constexpr double kHot = 2e-5;  ///< the labels are nearly right: hardly anything worse is accepted
constexpr double kCold = 2e-7;

/// Where to look for plans.
struct Target {
  double period_s = 0;
  const Plan* plan = nullptr;  ///< one that is known there, and near the bound
};

/// Descending, from the period of the known plan of the least energy to the balance of work.
std::vector<Target> spread(const CostTable& cost, const std::vector<Candidate>& known) {
  const double most_s = known.back().period_s;
  const double least_s = std::max(balance_s(cost, tune_prices(cost)), kShortest * most_s);
  std::vector<Target> all;
  double step = kFinest;
  for (double period_s = least_s * (1 + step); period_s < most_s; period_s *= 1 + step) {
    all.push_back({period_s});
    step = std::min(2 * step, kCoarsest);
  }
  all.push_back({most_s});
  std::reverse(all.begin(), all.end());
  return all;
}

class LabelSearch {
 public:
  explicit LabelSearch(const SearchContext& context)
      : context_(context), cost_(context.problem.cost), flat_(cost_), batch_(static_cast<double>(cost_.batch)) {
    for (std::size_t i = 0; i < kWorkers; ++i) workers_.push_back(std::make_unique<Relaxation>(cost_));
  }

  std::vector<PriceBound> run() {
    known_ = context_.pool.known();
    if (known_.empty()) return {};
    search(spread(cost_, known_), 0);
    for (std::size_t round = 1; round <= kRounds && !context_.stopped(); ++round) {
      known_ = context_.pool.known();
      const std::vector<Target> targets = farthest();
      if (targets.empty() || !search(targets, round)) break;
    }
    return bounds();
  }

 private:
  [[nodiscard]] std::vector<PriceBound> bounds() const {
    std::vector<PriceBound> all;
    for (const auto& worker : workers_) all.insert(all.end(), worker->bounds().begin(), worker->bounds().end());
    return all;
  }

  /// The known plans that are farthest from the bounds, none too close to another, none a second time.
  [[nodiscard]] std::vector<Target> farthest() {
    const std::vector<PriceBound> all = bounds();
    std::vector<double> gaps(known_.size());
    in_parallel(std::size_t{0}, known_.size(), [&](std::size_t i) {
      gaps[i] = 1 - proved_together(cost_, all, known_[i].period_s).energy_j / (known_[i].energy_j * batch_);
    });
    std::vector<std::size_t> order(known_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return gaps[a] > gaps[b]; });
    std::vector<Target> targets;
    for (const std::size_t i : order) {
      if (gaps[i] < kCloseEnough || targets.size() == kEachRound) break;
      const double period_s = known_[i].period_s;
      if (tried_s_.contains(period_s)) continue;
      if (std::any_of(targets.begin(), targets.end(),
                      [&](const Target& other) { return std::abs(other.period_s - period_s) < kApart * period_s; }))
        continue;
      tried_s_.insert(period_s);
      targets.push_back({period_s, gaps[i] < kNear ? &known_[i].plan : nullptr});
    }
    return targets;
  }

  /// Has it found anything better?
  bool search(const std::vector<Target>& targets, std::size_t round) {
    std::vector<std::vector<local::Placement>> found(kWorkers);
    const auto scores = context_.pool.scores();
    std::atomic<std::size_t> done{0};
    in_parallel_one_by_one(std::size_t{0}, kWorkers, [&](std::size_t worker) {
      local::Random random(local::Random(context_.options.seed + kWorkers * round + worker).next());
      local::Archive archive(scores);
      for (std::size_t i = worker; i < targets.size() && !context_.stopped(); i += kWorkers) {
        improve(targets[i], *workers_[worker], random, archive);
        context_.report("labels", static_cast<double>(++done) / static_cast<double>(targets.size()));
      }
      found[worker] = archive.found();
    });
    bool better = false;
    for (const auto& placements : found)
      for (const local::Placement& placement : placements)
        if (Plan plan = local::plan_of(cost_, placement); feasible(cost_, plan)) {
          context_.pool.add(std::move(plan), "local");
          better = true;
        }
    return better;
  }

  /// Of the known plans; infinite where none is as fast.
  [[nodiscard]] double known_j(double period_s) const {
    double least_j = kCannot;
    for (const Candidate& one : known_)
      if (one.period_s <= period_s) least_j = one.energy_j * batch_;
    return least_j;
  }

  void improve(const Target& target, Relaxation& relaxation, local::Random& random, local::Archive& archive) const {
    const double best_j = std::min(kMostEnergy * known_.front().energy_j * batch_, known_j(target.period_s));
    const Relaxed relaxed = relaxation.solve(target.period_s, best_j, context_.stopped);
    if (relaxed.energy_j >= best_j * (1 - kCloseEnough)) return;
    if (target.plan) anneal(*target.plan, target.period_s, random, archive);
    for (std::size_t i = 0; i < std::min(kMostStarts, relaxed.labellings.size()); ++i)
      if (const auto plan = label_plan(cost_, relaxed.labellings[i], relaxed.devices))
        anneal(*plan, target.period_s, random, archive);
  }

  void anneal(const Plan& plan, double period_s, local::Random& random, local::Archive& archive) const {
    if (context_.stopped()) return;
    local::Assignment assignment(flat_, plan);
    const local::Schedule schedule{.steps = std::clamp(kStepsEach * cost_.operator_count(), kFewestSteps, kMostSteps),
                                   .hot = kHot,
                                   .cold = kCold,
                                   .whole_stages = false};
    local::anneal(assignment, {.energy = true, .period_s = period_s}, schedule, random, archive, context_.stopped);
  }

  const SearchContext context_;
  const CostTable& cost_;
  local::FlatCost flat_;
  double batch_;
  std::vector<std::unique_ptr<Relaxation>> workers_;
  std::vector<Candidate> known_;
  std::set<double> tried_s_;  ///< periods
};

}  // namespace

bool labels_apply(const SearchContext& context) {
  const CostTable& cost = context.problem.cost;
  return local_applies(context) && Relaxation::applies(cost) && !takes_no_joules(cost);
}

Outcome solve_labels(const SearchContext& context) {
  return {.energy_bounds = LabelSearch(within(context, 0.9)).run()};
}

}  // namespace cleave
