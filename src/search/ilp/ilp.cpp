// The frontier of all plans by integer programming, from the slowest plan to the fastest.
#include "search/flow_order.hpp"
#include "search/ilp/free_program.hpp"
#include "search/legal.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Periods and energies this close, relatively, are not told apart: GLPK works to 1e-7.
constexpr double kClose = 1e-6;

/// No stage takes longer than all operators and all transfers together.
double longest_period_s(const CostTable& cost) {
  double longest_s = 0;
  for (const ModeId mode : cost.modes.ids()) {
    double seconds = cost.modes[mode].stage_launch_s;
    double weights = 0;
    for (const OpId op : cost.inputs.ids()) {
      if (!std::isfinite(cost.compute_s(op, mode))) continue;
      seconds += cost.compute_s(op, mode);
      weights += cost.weight_bytes(op, mode);
    }
    const double reload_s = cost.modes[mode].reload_s_per_byte;
    if (const double excess = weights - cost.modes[mode].resident_bytes; excess > 0 && std::isfinite(reload_s))
      seconds += excess * reload_s;
    for (const TensorId tensor : cost.tensors.ids()) seconds += cost.transfer_s(tensor, mode);
    longest_s = std::max(longest_s, seconds);
  }
  return longest_s;
}

class IntegerSearch {
 public:
  explicit IntegerSearch(const SearchContext& context) : context_(context), cost_(context.problem.cost) {}

  Outcome run() {
    Outcome outcome;
    const bool finished = takes_no_joules(cost_) ? least_period(outcome) : whole_frontier();
    const bool latency = context_.options.latency || std::isfinite(context_.problem.limits.latency_s);
    outcome.optimal = finished && !latency && covers_all_plans(cost_);
    return outcome;
  }

 private:
  [[nodiscard]] FreeProgramResult solve(double period_s, bool energy, double most_j) const {
    return solve_free_program(
        cost_, {.period_s = period_s,
                .energy = energy,
                .most_j = most_j,
                .time_limit_s = context_.seconds_left() / 2,  // the bounds need the rest
                .stopped = context_.stopped,
                .on_gap = [this](double gap) { context_.report("integer program", std::clamp(1 - gap, 0.0, 1.0)); }});
  }

  /// The period of the plan, which joins the pool; none where it is not legal, which only rounding can do.
  std::optional<double> take(Plan plan) const {
    if (!feasible(cost_, plan)) return std::nullopt;
    plan.stages = in_order_of_flow(cost_, std::move(plan.stages));
    const double period_s = evaluate(cost_, plan).period_s;
    context_.pool.add(std::move(plan), "ilp");
    return period_s;
  }

  /// Is there anything faster than what is known?
  bool least_period(Outcome& outcome) const {
    const auto known = context_.pool.known();
    double best_s = known.empty() ? longest_period_s(cost_) : known.front().period_s * (1 - kClose);
    if (best_s <= 0) return true;
    const FreeProgramResult result = solve(best_s, false, kCannot);
    if (result.plan) {
      const auto found_s = take(*result.plan);
      if (!found_s) return false;
      best_s = std::min(best_s, *found_s);
    }
    if (covers_all_plans(cost_))
      outcome.period_bound_s = (result.finished ? best_s : std::min(best_s, result.bound)) * (1 - kClose);
    return result.finished;
  }

  /// Each plan's period limits that of the next.
  bool whole_frontier() const {
    double period_s = longest_period_s(cost_);
    while (period_s > 0 && !context_.stopped()) {
      double most_j = kCannot;
      for (const Candidate& known : context_.pool.known())
        if (known.period_s <= period_s) most_j = std::min(most_j, known.energy_j * static_cast<double>(cost_.batch));
      const FreeProgramResult result = solve(period_s, true, most_j);
      const auto found_s = result.plan ? take(*result.plan) : std::nullopt;
      if (!result.finished || (result.plan && !found_s)) return false;
      if (!found_s) return true;
      period_s = std::min(period_s, *found_s) * (1 - kClose);
    }
    return !context_.stopped();
  }

  const SearchContext& context_;
  const CostTable& cost_;
};

}  // namespace

bool covers_all_plans(const CostTable& cost) {
  return !cost.links && std::all_of(cost.classes.begin(), cost.classes.end(),
                                    [](const ClassCost& device) { return device.most_replicas() == 1; });
}

std::size_t decisions(const CostTable& cost) {
  std::size_t slots = 0;
  for (const ModeCost& mode : cost.modes) slots += static_cast<std::size_t>(cost.classes[mode.device_class].count);
  return slots * cost.operator_count();
}

bool ilp_applies(const SearchContext& context) {
  const CostTable& cost = context.problem.cost;
  if (cost.links) return false;
  if (context.options.solver == Solver::ilp) return true;
  // Beyond this GLPK was not seen to end within a minute.
  constexpr std::size_t most_decisions = 600;
  return context.options.solver == Solver::automatic && std::isfinite(context.options.time_limit_s) &&
         takes_no_joules(cost) && covers_all_plans(cost) && decisions(cost) <= most_decisions;
}

Outcome solve_ilp(const SearchContext& context) { return IntegerSearch(context).run(); }

}  // namespace cleave
