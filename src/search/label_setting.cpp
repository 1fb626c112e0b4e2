// Ideals in order of size, and of each all vectors of usage counts. The idle watts of a state follow from its counts,
// so (largest load, dynamic energy) suffice for a label. It is dropped
//  - when another one, on no more devices of any class, is no slower and takes no more energy with the idle energy of
//    its devices over the label's own period added: every completion of the first is a completion of the second, and
//    a longer period only favours the one with fewer idle watts;
//  - when the outlook says that known plans are as good as all that it can become.
// The period of a label is raised to what any completion of its state must take in any case, so that labels which
// differ in nothing that matters become one. A stage has no more devices than hide it behind the label's period.
//
// Guarantee: exact over contiguous plans with replication. Cost: O(pairs of nested ideals within the period window x
// modes x replicas x counts x labels per state); memory O(live labels).
// Same result for any number of threads: a state is computed by one thread, from finished ones.
#include "search/label_setting.hpp"

#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

namespace cleave {
namespace {

/// Levels of as many ideals are shared by ideal, narrower ones by ideal and count code; a thread alone shares nothing.
constexpr std::size_t kWide = 8;

/// Ideals of a lattice that a desk has an index of.
constexpr std::size_t kIndexed = 4096;

/// Replicas of a label that a state borrows from one with fewer devices, to be compared with only.
constexpr int kElsewhere = 0;

}  // namespace

LabelSetting::LabelSetting(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
                           const Outlook& outlook, const std::vector<bool>& open, double max_load_s)
    : cost_(cost),
      lattice_(lattice),
      counts_(counts),
      bounds_(bounds),
      outlook_(outlook),
      open_(open),
      max_load_s_(max_load_s),
      smaller_(counts.size()),
      live_(counts.size()),
      within_reach_(counts.size(), 0),
      ideals_(lattice.size()),
      walks_([&cost, &lattice] { return TransitionWalk(cost, lattice); }),
      desks_([this] { return new_desk(); }) {
  for (const ClassCost& device : cost.classes) {
    first_step_.push_back(step_lists_);
    step_lists_ += static_cast<std::size_t>(device.most_replicas());
  }
  for (std::size_t code = 0; code < counts.size(); ++code) {
    std::size_t devices = 0;
    for (const ClassId device : cost.classes.ids()) {
      devices += static_cast<std::size_t>(counts.used(code, device));
      if (counts.used(code, device) > 0) smaller_[code].push_back(counts.release(code, device, 1));
    }
    layers_.resize(std::max(layers_.size(), devices + 1));
    layers_[devices].push_back(code);
  }
}

LabelSetting::Desk LabelSetting::new_desk() const {
  return {counts_.size(), step_lists_, lattice_.size() <= kIndexed ? lattice_.size() : 0};
}

bool LabelSetting::run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
  ideals_[0].states.resize(counts_.size() + 1, Brief{.first = 1});
  ideals_[0].states[0] = {.period_s = 0, .energy_j = 0};
  ideals_[0].labels.emplace_back();
  note_live(0, 0);
  for (std::size_t level = 1; level < lattice_.levels() && !give_up(); ++level) {
    solve_level(level, give_up);
    on_progress(static_cast<double>(level) / static_cast<double>(lattice_.levels() - 1));
  }
  return !give_up();
}

void LabelSetting::solve_level(std::size_t level, const std::function<bool()>& give_up) {
  std::vector<std::uint32_t> uppers;
  for (std::uint32_t upper = lattice_.first(level); upper < lattice_.last(level); ++upper)
    if (open_[upper]) uppers.push_back(upper);
  if (uppers.size() >= kWide || tbb::this_task_arena::max_concurrency() == 1) {
    tbb::parallel_for(std::size_t{0}, uppers.size(), [&](std::size_t i) {
      if (give_up()) return;
      Desk& desk = desks_.local();
      find_steps(uppers[i], desk);
      // Codes with fewer devices are smaller numbers.
      for (std::size_t code = 0; code < counts_.size(); ++code) solve_state(uppers[i], code, desk, desk.target);
      keep(uppers[i], desk);
    });
    note_codes(uppers);
    return;
  }
  while (narrow_desks_.size() < uppers.size()) narrow_desks_.push_back(new_desk());
  tbb::parallel_for(std::size_t{0}, uppers.size(), [&](std::size_t i) { find_steps(uppers[i], narrow_desks_[i]); });
  for (const std::vector<std::size_t>& layer : layers_) {
    const tbb::blocked_range2d<std::size_t> targets(0, uppers.size(), 1, 0, layer.size(), 1);
    tbb::parallel_for(targets, [&](const auto& range) {
      for (std::size_t i = range.rows().begin(); i < range.rows().end(); ++i)
        for (std::size_t k = range.cols().begin(); k < range.cols().end() && !give_up(); ++k)
          solve_state(uppers[i], layer[k], narrow_desks_[i], desks_.local().target);
    });
  }
  for (std::size_t i = 0; i < uppers.size(); ++i) keep(uppers[i], narrow_desks_[i]);
  note_codes(uppers);
}

void LabelSetting::note_codes(const std::vector<std::uint32_t>& ideals) {
  for (const std::uint32_t ideal : ideals)
    for (std::size_t code = 0; code < counts_.size(); ++code)
      if (!labels(ideal, code).empty()) note_live(ideal, code);
}

void LabelSetting::note_live(std::uint32_t ideal, std::size_t code) {
  live_[code].push_back(ideal);
  if (live_[code].size() > 1) return;
  for (const ClassId device : cost_.classes.ids()) {
    const int most = std::min(counts_.free(code, device), cost_.classes[device].most_replicas());
    for (int replicas = 1; replicas <= most; ++replicas) within_reach_[counts_.take(code, device, replicas)] = 1;
  }
}

void LabelSetting::collect_transitions(std::uint32_t upper, std::vector<Transition>& transitions) {
  transitions.clear();
  const std::vector<Transition>* known = outlook_.stages_to(upper);
  if (known == nullptr) return walks_.local().collect(upper, open_, max_load_s_, transitions);
  for (const Transition& stage : *known)
    if (open_[stage.lower]) transitions.push_back(stage);
}

void LabelSetting::find_steps(std::uint32_t upper, Desk& desk) {
  collect_transitions(upper, desk.transitions);
  // Long stages first: they leave short fronts, which refuse most of what comes after.
  std::stable_sort(desk.transitions.begin(), desk.transitions.end(),
                   [](const Transition& a, const Transition& b) { return a.lower < b.lower; });
  for (std::size_t list = 0; list < step_lists_; ++list) {
    if (!desk.first[list].empty())
      for (const Step& step : desk.steps[list])
        if (step.lower != kNoStep) desk.first[list][step.lower] = kNoStep;
    desk.steps[list].clear();
  }
  for (const Transition& stage : desk.transitions) {
    if (ideals_[stage.lower].labels.empty()) continue;
    const ClassId device = cost_.modes[stage.mode].device_class;
    double fewer_s = kCannot;
    for (int replicas = 1; replicas <= cost_.classes[device].most_replicas(); ++replicas) {
      const double load_s = stage.load_s / replicas;
      if (load_s <= max_load_s_) {
        const std::size_t list = first_step_[device] + static_cast<std::size_t>(replicas) - 1;
        if (auto& first = desk.first[list]; !first.empty() && first[stage.lower] == kNoStep)
          first[stage.lower] = static_cast<std::uint32_t>(desk.steps[list].size());
        desk.steps[list].push_back({load_s, fewer_s, stage.energy_j,
                                    static_cast<std::uint32_t>(outlook_.faster(load_s)), stage.lower, stage.mode});
      }
      fewer_s = load_s;
    }
  }
  for (std::vector<Step>& steps : desk.steps) steps.push_back({.lower = kNoStep});
  for (std::size_t code = 0; code < counts_.size(); ++code) {
    desk.reached[code].clear();
    desk.labels[code].clear();
  }
}

void LabelSetting::solve_state(std::uint32_t upper, std::size_t code, Desk& desk, Target& target) const {
  Staircase<Label>& state = desk.reached[code];
  for (const std::size_t fewer : smaller_[code])
    for (Label label : desk.reached[fewer].items()) {
      label.replicas = kElsewhere;
      state.insert(label);
    }
  if (within_reach_[code] == 0) return;
  target.least_s = bounds_.period_s(upper, code);
  if (target.least_s > std::min(max_load_s_, 1e200)) return;
  target.known = static_cast<std::uint32_t>(outlook_.faster(target.least_s));
  outlook_.thresholds(upper, code, target.known, target.thresholds);
  if (target.thresholds[target.known] <= 0) return;
  for (const ClassId device : cost_.classes.ids()) {
    const int most = std::min(counts_.used(code, device), cost_.classes[device].most_replicas());
    for (int replicas = 1; replicas <= most; ++replicas) {
      const std::size_t from_code = counts_.release(code, device, replicas);
      if (!live_[from_code].empty())
        try_steps(from_code, first_step_[device] + static_cast<std::size_t>(replicas) - 1, replicas, desk, target,
                  state);
    }
  }
  for (const Label& label : state.items())
    if (label.replicas != kElsewhere && !beaten(label, code, desk)) desk.labels[code].push_back(label);
}

inline void LabelSetting::try_step(std::size_t from_code, const Step& step, int replicas, const Target& target,
                                   Staircase<Label>& state) const {
  const Brief& from = ideals_[step.lower].states[from_code];
  if (std::max(from.period_s, target.least_s) >= step.fewer_s) return;
  const double energy_j = from.energy_j + step.energy_j;
  if (energy_j >= target.thresholds[std::max({from.known, step.known, target.known})]) return;
  if (state.dominates(std::max({from.period_s, step.load_s, target.least_s}), energy_j)) return;
  extend(from_code, step, replicas, target, state);
}

/// Those of a list that stand on states with labels: by going through the ideals that have some where these are few.
void LabelSetting::try_steps(std::size_t from_code, std::size_t list, int replicas, const Desk& desk,
                             const Target& target, Staircase<Label>& state) const {
  const Step* const steps = desk.steps[list].data();
  const std::vector<std::uint32_t>& first = desk.first[list];
  if (!first.empty() && live_[from_code].size() < desk.steps[list].size()) {
    for (const std::uint32_t lower : live_[from_code]) {
      if (first[lower] == kNoStep) continue;
      for (const Step* step = steps + first[lower]; step->lower == lower; ++step)
        try_step(from_code, *step, replicas, target, state);
    }
    return;
  }
  for (const Step* step = steps; step->lower != kNoStep; ++step) try_step(from_code, *step, replicas, target, state);
}

/// Every label below, with `step` on top. Of the labels whose period the step hides the last one stands for all;
/// what dominates one label dominates the following ones too, down to its own energy.
void LabelSetting::extend(std::size_t from_code, const Step& step, int replicas, const Target& target,
                          Staircase<Label>& state) const {
  const std::span<const Label> below = labels(step.lower, from_code);
  const double floor_s = std::max(step.load_s, target.least_s);
  const std::uint32_t floor_known = std::max(step.known, target.known);
  auto label = std::upper_bound(below.begin(), below.end(), floor_s,
                                [](double s, const Label& one) { return s < one.period_s; });
  if (label != below.begin()) --label;
  while (label != below.end() && label->period_s < step.fewer_s) {
    const double period_s = std::max(label->period_s, floor_s);
    const double energy_j = label->energy_j + step.energy_j;
    if (const double bar_j = state.least_energy_until(period_s); bar_j <= energy_j) {
      label = std::partition_point(std::next(label), below.end(),
                                   [&](const Label& one) { return one.energy_j + step.energy_j >= bar_j; });
      continue;
    }
    const std::uint32_t known = std::max(label->known, floor_known);
    if (energy_j < target.thresholds[known])
      state.insert({period_s, energy_j, known, step.lower, static_cast<std::uint32_t>(label - below.begin()), step.mode,
                    replicas});
    ++label;
  }
}

/// Is a label on fewer devices no worse, idle energy included?
bool LabelSetting::beaten(const Label& label, std::size_t code, const Desk& desk) const {
  return std::any_of(smaller_[code].begin(), smaller_[code].end(), [&](std::size_t fewer) {
    return desk.reached[fewer].least_energy_until(label.period_s) + label.period_s * bounds_.idle_w(fewer) <=
           label.energy_j + label.period_s * bounds_.idle_w(code);
  });
}

void LabelSetting::keep(std::uint32_t ideal, Desk& desk) {
  Ideal& kept = ideals_[ideal];
  std::size_t total = 0;
  for (const std::vector<Label>& of_code : desk.labels) total += of_code.size();
  kept.labels.reserve(total);
  kept.states.reserve(counts_.size() + 1);
  for (const std::vector<Label>& of_code : desk.labels) {
    Brief& brief = kept.states.emplace_back();
    brief.first = static_cast<std::uint32_t>(kept.labels.size());
    if (of_code.empty()) continue;
    brief.period_s = of_code.front().period_s;
    brief.energy_j = of_code.back().energy_j;
    brief.known = of_code.front().known;
    kept.labels.insert(kept.labels.end(), of_code.begin(), of_code.end());
  }
  kept.states.push_back({.first = static_cast<std::uint32_t>(kept.labels.size())});
}

std::span<const Label> LabelSetting::labels(std::uint32_t ideal, std::size_t code) const {
  const Ideal& one = ideals_[ideal];
  if (one.states.empty()) return {};
  return {one.labels.data() + one.states[code].first, one.labels.data() + one.states[code + 1].first};
}

Plan LabelSetting::plan_of(std::size_t code, std::size_t index) const {
  Plan plan;
  for (std::uint32_t upper = lattice_.top(); upper != 0;) {
    const Label& label = labels(upper, code)[index];
    plan.stages.push_back({label.mode, label.replicas, lattice_.difference(upper, label.lower)});
    code = counts_.release(code, cost_.modes[label.mode].device_class, label.replicas);
    index = label.parent;
    upper = label.lower;
  }
  std::reverse(plan.stages.begin(), plan.stages.end());
  return plan;
}

}  // namespace cleave
