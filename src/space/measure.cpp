#include "space/measure.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// Where `value` lies from `worst` (0) to `best` (1), in logarithms; 0 beyond the worst, 1 where the two are one.
double place(double value, double best, double worst) {
  if (best <= 0 || worst <= best) return value <= worst ? 1 : 0;
  return std::clamp(std::log(worst / value) / std::log(worst / best), 0.0, 1.0);
}

}  // namespace

double hypervolume(const std::vector<Figures>& frontier, const Figures& best, const Figures& worst) {
  double volume = 0;
  double covered = 0;  // of the energy axis, by faster plans
  for (const Figures& figures : frontier) {
    const double height = place(figures.energy_j, best.energy_j, worst.energy_j);
    if (height <= covered) continue;
    volume += (height - covered) * place(figures.period_s, best.period_s, worst.period_s);
    covered = height;
  }
  return volume;
}

void Extent::cover(const Figures& figures) {
  best.period_s = std::min(best.period_s, figures.period_s);
  best.energy_j = std::min(best.energy_j, figures.energy_j);
  worst.period_s = std::max(worst.period_s, figures.period_s);
  worst.energy_j = std::max(worst.energy_j, figures.energy_j);
}

Extent extent_of(const DesignSpace& space, const SpaceResult& result, std::size_t model) {
  Extent extent;
  const std::size_t each = result.points.size() / space.models.size();
  for (std::size_t i = model * each; i < (model + 1) * each; ++i)
    for (const Figures& figures : result.points[i].frontier) extent.cover(figures);
  return extent;
}

std::vector<Step> sensitivity(const DesignSpace& space, const SpaceResult& result) {
  const DesignIndex index(space);
  const std::size_t each = result.points.size() / space.models.size();
  std::vector<Step> steps;
  for (std::size_t model = 0; model < space.models.size(); ++model) {
    const Extent extent = extent_of(space, result, model);
    std::vector<double> volume(each);
    for (std::size_t i = 0; i < each; ++i)
      volume[i] = hypervolume(result.points[model * each + i].frontier, extent.best, extent.worst);
    for (std::size_t axis = 0; axis < space.axes.size(); ++axis)
      for (std::size_t from = 0; from + 1 < space.axes[axis].values.size(); ++from) {
        std::vector<double> faster, cheaper, larger;
        for (std::size_t i = 0; i < each; ++i) {
          Design design = index.design(model * each + i);
          if (design.at[axis] != from) continue;
          ++design.at[axis];
          const std::size_t next = index.point(design) - model * each;
          const auto& before = result.points[model * each + i].frontier;
          const auto& after = result.points[model * each + next].frontier;
          if (before.empty() || after.empty()) continue;
          faster.push_back(before.front().period_s / after.front().period_s);
          cheaper.push_back(before.back().energy_j > 0 ? after.back().energy_j / before.back().energy_j : 1);
          larger.push_back(volume[next] - volume[i]);
        }
        if (!faster.empty())
          steps.push_back({model, axis, from, faster.size(), median(faster), median(cheaper), median(larger)});
      }
  }
  return steps;
}

}  // namespace cleave
