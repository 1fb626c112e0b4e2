#include "space/measure.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

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

/// Of period and energy, of plans by ascending period.
double area(const std::vector<DesignFigures>& frontier, const Extent& extent) {
  double area = 0;
  double covered = 0;  // of the energy axis, by faster plans
  for (const DesignFigures& figures : frontier) {
    const double height = place(figures.energy_j, extent.best.energy_j, extent.worst.energy_j);
    if (height <= covered) continue;
    area += (height - covered) * place(figures.period_s, extent.best.period_s, extent.worst.period_s);
    covered = height;
  }
  return area;
}

/// What rectangles from the origin cover together.
class Skyline {
 public:
  void add(double width, double height) {
    const auto first = corners_.lower_bound(width);  // as wide at least
    if (first != corners_.end() && first->second >= height) return;
    // From the widest one that is lower to the left.
    auto next = corners_.upper_bound(width);
    double right = width;
    double above = next == corners_.end() ? 0 : next->second;
    while (next != corners_.begin() && std::prev(next)->second <= height) {
      const auto lower = std::prev(next);
      area_ += (right - lower->first) * (height - above);
      right = lower->first;
      above = lower->second;
      next = corners_.erase(lower);
    }
    const double left = next == corners_.begin() ? 0 : std::prev(next)->first;
    area_ += (right - left) * (height - above);
    corners_.emplace(width, height);
  }
  [[nodiscard]] double area() const { return area_; }

 private:
  std::map<double, double> corners_;  ///< height by width: the wider, the lower
  double area_ = 0;
};

/// In slabs between one latency and the next.
double volume(std::vector<DesignFigures> frontier, const Extent& extent) {
  std::stable_sort(frontier.begin(), frontier.end(),
                   [](const DesignFigures& a, const DesignFigures& b) { return a.latency_s < b.latency_s; });
  Skyline skyline;
  double volume = 0;
  double before = 1;  // where the slab begins
  for (const DesignFigures& figures : frontier) {
    const double depth = place(figures.latency_s, extent.best.latency_s, extent.worst.latency_s);
    volume += (before - depth) * skyline.area();
    before = depth;
    skyline.add(place(figures.period_s, extent.best.period_s, extent.worst.period_s),
                place(figures.energy_j, extent.best.energy_j, extent.worst.energy_j));
  }
  return volume + before * skyline.area();
}

}  // namespace

double hypervolume(const std::vector<DesignFigures>& frontier, const Extent& extent, Objectives objectives) {
  return objectives.latency ? volume(frontier, extent) : area(frontier, extent);
}

double least(const std::vector<DesignFigures>& frontier, double DesignFigures::*figure) {
  return (*std::min_element(
             frontier.begin(), frontier.end(),
             [figure](const DesignFigures& a, const DesignFigures& b) { return a.*figure < b.*figure; })).*
         figure;
}

void Extent::cover(const DesignFigures& figures) {
  for (double DesignFigures::*figure :
       {&DesignFigures::period_s, &DesignFigures::energy_j, &DesignFigures::latency_s}) {
    best.*figure = std::min(best.*figure, figures.*figure);
    worst.*figure = std::max(worst.*figure, figures.*figure);
  }
}

Extent extent_of(const DesignSpace& space, const SpaceResult& result, std::size_t model) {
  Extent extent;
  const std::size_t each = result.points.size() / space.models.size();
  for (std::size_t i = model * each; i < (model + 1) * each; ++i)
    for (const DesignFigures& figures : result.points[i].frontier) extent.cover(figures);
  return extent;
}

std::vector<AxisStep> sensitivity(const DesignSpace& space, const SpaceResult& result) {
  const DesignIndex index(space);
  const std::size_t each = result.points.size() / space.models.size();
  std::vector<AxisStep> steps;
  for (std::size_t model = 0; model < space.models.size(); ++model) {
    const Extent extent = extent_of(space, result, model);
    std::vector<double> volume(each);
    for (std::size_t i = 0; i < each; ++i)
      volume[i] = hypervolume(result.points[model * each + i].frontier, extent, result.objectives);
    for (std::size_t axis = 0; axis < space.axes.size(); ++axis)
      for (std::size_t from = 0; from + 1 < space.axes[axis].values.size(); ++from) {
        std::vector<double> faster, cheaper, quicker, larger;
        for (std::size_t i = 0; i < each; ++i) {
          Design design = index.design(model * each + i);
          if (design.at[axis] != from) continue;
          ++design.at[axis];
          const std::size_t next = index.point(design) - model * each;
          const auto& before = result.points[model * each + i].frontier;
          const auto& after = result.points[model * each + next].frontier;
          if (before.empty() || after.empty()) continue;
          const auto ratio = [&](double DesignFigures::*figure) {
            const double was = least(before, figure);
            return was > 0 ? least(after, figure) / was : 1;
          };
          faster.push_back(before.front().period_s / after.front().period_s);
          cheaper.push_back(ratio(&DesignFigures::energy_j));
          quicker.push_back(ratio(&DesignFigures::latency_s));
          larger.push_back(volume[next] - volume[i]);
        }
        if (!faster.empty())
          steps.push_back(
              {model, axis, from, faster.size(), median(faster), median(cheaper), median(quicker), median(larger)});
      }
  }
  return steps;
}

}  // namespace cleave
