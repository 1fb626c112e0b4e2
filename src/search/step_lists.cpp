#include "search/step_lists.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// Places of a lattice that lists have an index of.
constexpr std::size_t kIndexed = 4096;

}  // namespace

StepLists::StepLists(const CostTable& cost, const PeriodCells& cells, const std::vector<std::uint32_t>& places,
                     std::size_t place_count)
    : cost_(&cost), cells_(&cells), places_(&places) {
  std::size_t lists = 0;
  for (const ClassCost& device : cost.classes) {
    first_list_.push_back(lists);
    lists += static_cast<std::size_t>(device.most_replicas());
  }
  steps_.resize(lists);
  first_.assign(lists, std::vector<std::uint32_t>(place_count <= kIndexed ? place_count : 0, Step::kNone));
}

void StepLists::clear() {
  for (std::size_t list = 0; list < steps_.size(); ++list) {
    if (!first_[list].empty())
      for (const Step& step : steps_[list])
        if (step.place != Step::kNone) first_[list][step.place] = Step::kNone;
    steps_[list].clear();
  }
  size_ = 0;
}

void StepLists::fill(std::vector<Transition>& stages, double max_load_s) {
  clear();
  // Long stages first: they leave short fronts, which refuse most of what comes after.
  const auto longer = [](const Transition& a, const Transition& b) { return a.lower < b.lower; };
  if (!std::is_sorted(stages.begin(), stages.end(), longer)) std::stable_sort(stages.begin(), stages.end(), longer);
  for (const Transition& stage : stages) {
    const std::uint32_t place = (*places_)[stage.lower];
    const ClassId device = cost_->modes[stage.mode].device_class;
    double fewer_s = kCannot;
    for (int replicas = 1; replicas <= cost_->classes[device].most_replicas(); ++replicas) {
      const double load_s = stage.load_s / replicas;
      if (load_s <= max_load_s) {
        const std::size_t at = list(device, replicas);
        if (auto& first = first_[at]; !first.empty() && first[place] == Step::kNone)
          first[place] = static_cast<std::uint32_t>(steps_[at].size());
        steps_[at].push_back({load_s, fewer_s, stage.energy_j, cells_->of(load_s), place, stage.mode});
        ++size_;
      }
      fewer_s = load_s;
    }
  }
  for (std::vector<Step>& steps : steps_) steps.push_back({.place = Step::kNone});
}

}  // namespace cleave
