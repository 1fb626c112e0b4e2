#include "search/weights.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace cleave {
namespace {

struct Scaled {
  double period = 0;  ///< P / P_best
  double energy = 0;  ///< E / E_best
};

std::vector<Scaled> scaled(const std::vector<FrontierPoint>& points) {
  double least_period_s = kCannot;
  double least_energy_j = kCannot;
  for (const FrontierPoint& point : points) {
    least_period_s = std::min(least_period_s, point.score.period_s);
    least_energy_j = std::min(least_energy_j, point.score.energy_j);
  }
  // Beside a best of 0 anything else is infinitely worse.
  const auto ratio = [](double value, double least) {
    return value == least ? 1.0 : least > 0 ? value / least : kCannot;
  };
  std::vector<Scaled> result;
  for (const FrontierPoint& point : points)
    result.push_back({ratio(point.score.period_s, least_period_s), ratio(point.score.energy_j, least_energy_j)});
  return result;
}

/// `weight * value`, where a weight of 0 silences even infinity.
double weighed(double weight, double value) { return weight == 0 ? 0 : weight * value; }

bool is_infinite(const Scaled& point) { return std::isinf(point.period) || std::isinf(point.energy); }

/// The same where `a` is infinitely worse than the best in a figure. Only the weight that silences this figure can
/// select it beside one that is not; of several points that are, the fastest is picked where all are equally bad.
void cut_infinite(WeightInterval& interval, const Scaled& a, const Scaled& b) {
  if (std::isinf(a.period)) {
    interval.hi = a.energy > b.energy ? -1 : std::min(interval.hi, 0.0);
    return;
  }
  if (!is_infinite(b)) interval.lo = 1;
  if (a.period > b.period) interval.hi = -1;
}

/// Weights for which `a` scores no worse than `b`, cut out of `interval`.
void cut(WeightInterval& interval, const Scaled& a, const Scaled& b) {
  if (is_infinite(a)) return cut_infinite(interval, a, b);
  if (is_infinite(b)) return;  // worse at all weights but an end, which counts as the limit of those before it
  const double period = a.period - b.period;
  const double energy = a.energy - b.energy;
  if (period > 0 && energy < 0) interval.hi = std::min(interval.hi, -energy / (period - energy));
  if (period < 0 && energy > 0) interval.lo = std::max(interval.lo, energy / (energy - period));
  // Worse in one and no better in the other, as with three objectives some points are.
  if (period > 0 && energy >= 0) interval.hi = energy > 0 ? -1 : std::min(interval.hi, 0.0);
  if (period == 0 && energy > 0) interval.lo = 1;
}

}  // namespace

void assign_weights(std::vector<FrontierPoint>& points) {
  const auto coordinates = scaled(points);
  auto others = coordinates;
  for (std::size_t i = 0; i < points.size(); ++i) {
    WeightInterval interval{0, 1};
    for (std::size_t k = 0; k < others.size() && interval.lo <= interval.hi; ++k) {
      cut(interval, coordinates[i], others[k]);
      // What leaves this point nothing is likely to do so to the next: it is looked at first from now on.
      if (interval.lo > interval.hi) std::swap(others[k], others[k / 2]);
    }
    points[i].weight = interval.lo <= interval.hi ? std::optional(interval) : std::nullopt;
  }
}

std::vector<double> weighted_scores(const std::vector<FrontierPoint>& points, double weight) {
  std::vector<double> scores;
  for (const Scaled& point : scaled(points))
    scores.push_back(weighed(weight, point.period) + weighed(1 - weight, point.energy));
  return scores;
}

const FrontierPoint& Frontier::pick(double weight) const {
  if (!(weight >= 0 && weight <= 1)) throw UsageError(fmt::format("weight {} is outside [0, 1]", weight));
  if (points.empty()) throw UsageError("an empty frontier has no point to pick");
  const auto scores = weighted_scores(points, weight);
  std::size_t best = points.size() - 1;  // the fastest; ties keep it
  for (std::size_t i = points.size(); i-- > 0;)
    if (scores[i] < scores[best]) best = i;
  return points[best];
}

}  // namespace cleave
