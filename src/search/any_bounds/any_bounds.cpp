#include "search/any_bounds/any_bounds.hpp"

#include "search/any_bounds/energy_bound.hpp"
#include "search/period.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace cleave {
namespace {

double gap(double value, double bound) { return value > 0 ? (value - bound) / value : 0; }

/// `period_bound_s` holds for all plans.
void bound_all_periods(const Outcome& outcome, std::vector<FrontierPoint>& points) {
  for (FrontierPoint& point : points) {
    const bool best = outcome.optimal && point.proven;
    point.any_bound = best ? point.score.period_s : std::min(outcome.period_bound_s, point.score.period_s);
    point.any_gap = gap(point.score.period_s, point.any_bound);
    point.bound = point.proven ? point.score.period_s : point.any_bound;
    point.gap = gap(point.score.period_s, point.bound);
  }
}

/// Returns those of the bounds by labels that a point's bound relies on.
std::vector<LabelEvidence> bound_all_energies(const Problem& problem, const Outcome& outcome,
                                              std::vector<FrontierPoint>& points) {
  std::set<std::size_t> needed;
  std::vector<double> periods_s;
  for (const FrontierPoint& point : points) periods_s.push_back(point.score.period_s);
  const auto bounds = bound_energies(problem.cost, periods_s);
  for (std::size_t i = 0; i < points.size(); ++i) {
    FrontierPoint& point = points[i];
    double bound_j = bounds[i].energy_j;
    if (!outcome.energy_bounds.empty()) {
      const auto proved = labels::proved_together(problem.cost, outcome.energy_bounds, point.score.period_s);
      if (proved.energy_j > bound_j) needed.insert(proved.because.begin(), proved.because.end());
      bound_j = std::max(bound_j, proved.energy_j);
    }
    point.any_bound = std::min(point.score.energy_j, bound_j / static_cast<double>(problem.cost.batch));
    if (outcome.optimal && point.proven) point.any_bound = point.score.energy_j;
    point.any_gap = gap(point.score.energy_j, point.any_bound);
    point.bound = point.proven ? point.score.energy_j : point.any_bound;
    point.gap = gap(point.score.energy_j, point.bound);
  }
  std::vector<LabelEvidence> evidence;
  for (const std::size_t i : needed) evidence.push_back(outcome.energy_bounds[i].evidence);
  return evidence;
}

}  // namespace

void bound_all_plans(const Problem& problem, const Outcome& outcome, Frontier& frontier) {
  if (frontier.points.empty()) return;
  if (takes_no_joules(problem.cost)) {
    bound_all_periods(outcome, frontier.points);
    frontier.period_evidence = outcome.period_evidence;
  } else {
    frontier.energy_evidence = bound_all_energies(problem, outcome, frontier.points);
  }
}

}  // namespace cleave
