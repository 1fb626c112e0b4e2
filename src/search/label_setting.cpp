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

#include "base/parallel.hpp"
#include "search/frugality.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// Levels of as many ideals are shared by ideal. Of narrower ones the steps of the next levels are found ahead, those
/// of as many ideals at once, and a level is shared by states where there is so much to try (steps x codes, a few
/// nanoseconds each) that waking threads does not matter.
constexpr std::size_t kWide = 8;
constexpr std::size_t kAhead = 16;
constexpr std::size_t kWorthSharing = 1 << 14;

/// Blocks of codes for each thread and layer (see solve_together), so that threads seldom wait for the last one.
constexpr std::size_t kBlocksEach = 4;

/// Ideals at which stages are looked at for where cells should begin, until there are as many loads: small ideals come
/// first, and the walk from a large one of a large lattice takes long.
constexpr std::size_t kSampled = 8;
constexpr std::size_t kEnoughLoads = 1 << 16;

/// Labels that are passed over at a time.
constexpr std::size_t kStride = 4;

/// All the counts of the first classes, of as many as leave work for `threads`: as many codes are solved in a row.
std::size_t block_size(const CostTable& cost, std::size_t codes, std::size_t threads) {
  std::size_t layers = 1;
  for (const ClassCost& device : cost.classes) layers += static_cast<std::size_t>(device.count);
  std::size_t size = 1;
  for (const ClassCost& device : cost.classes) {
    const auto count = static_cast<std::size_t>(device.count);
    layers -= count;
    if (codes / (size * (count + 1)) < kBlocksEach * threads * layers) break;
    size *= count + 1;
  }
  return size;
}

std::vector<std::uint32_t> ideals_of(const std::vector<bool>& open) {
  std::vector<std::uint32_t> ideals;
  for (std::uint32_t ideal = 0; ideal < open.size(); ++ideal)
    if (open[ideal] || ideal == 0 || ideal + 1 == open.size()) ideals.push_back(ideal);
  return ideals;
}

std::vector<std::uint32_t> places_of(const std::vector<std::uint32_t>& ideals, std::size_t of) {
  std::vector<std::uint32_t> places(of, 0);
  for (std::uint32_t place = 0; place < ideals.size(); ++place) places[ideals[place]] = place;
  return places;
}

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
      block_(block_size(cost, counts.size(), static_cast<std::size_t>(threads_here()))),
      frugal_first_(by_frugality(cost)),
      ideals_(ideals_of(open)),
      smaller_(counts.size()),
      live_(counts.size()),
      within_reach_(counts.size(), 0),
      briefs_((counts.size() + 1) * ideals_.size()),
      labels_(ideals_.size()),
      walks_([&cost, &lattice] { return TransitionWalk(cost, lattice); }),
      own_lists_([this] { return new_lists(); }),
      own_desks_([this] { return new_desk(); }) {
  places_ = places_of(ideals_, lattice.size());
  cells_ = PeriodCells(outlook.periods_s(), sample_loads());
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) known_.push_back(outlook.faster(cells_.from_s(cell)));
  for (std::size_t code = 0; code < counts.size(); ++code) {
    std::size_t devices = 0;
    for (const ClassId device : cost.classes.ids()) {
      devices += static_cast<std::size_t>(counts.used(code, device));
      if (counts.used(code, device) > 0) smaller_[code].push_back(counts.release(code, device, 1));
    }
    if (code % block_ > 0) continue;
    layers_.resize(std::max(layers_.size(), devices + 1));
    layers_[devices].push_back(code);
  }
}

/// Of stages that end at some of the ideals: those that can be the longest of a plan, ascending.
std::vector<double> LabelSetting::sample_loads() {
  std::vector<double> loads_s;
  std::vector<Transition> stages;
  for (std::size_t i = 1; i <= kSampled && loads_s.size() < kEnoughLoads; ++i) {
    collect_transitions(ideals_[(ideals_.size() - 1) * i / kSampled], stages);
    for (const Transition& stage : stages)
      for (int replicas = 1; replicas <= cost_.classes[cost_.modes[stage.mode].device_class].most_replicas();
           ++replicas)
        if (const double load_s = stage.load_s / replicas; load_s > bounds_.period_s(0, 0) && load_s <= max_load_s_)
          loads_s.push_back(load_s);
  }
  std::sort(loads_s.begin(), loads_s.end());
  loads_s.erase(std::unique(loads_s.begin(), loads_s.end()), loads_s.end());
  return loads_s;
}

LabelSetting::Desk LabelSetting::new_desk() const {
  return {Fronts(smaller_, bounds_, cells_), std::vector<std::vector<Label>>(counts_.size())};
}

StepLists LabelSetting::new_lists() const { return {cost_, cells_, places_, ideals_.size()}; }

bool LabelSetting::run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
  briefs_[0] = {.period_s = 0, .energy_j = 0};
  briefs_[ideals_.size()].first = 1;
  labels_[0] = {{0}, {0}, {0}, {{}}, {0}};
  note_live(0, 0);
  for (std::size_t level = 1; level < lattice_.levels() && !give_up();) {
    std::vector<std::vector<std::uint32_t>> levels = next_levels(level);
    level += levels.size();
    levels.front().size() >= kWide ? solve_wide(levels.front(), give_up) : solve_narrow(levels, give_up);
    on_progress(static_cast<double>(level - 1) / static_cast<double>(lattice_.levels() - 1));
  }
  return !give_up();
}

/// The open ideals of a wide level, or of narrow ones.
std::vector<std::vector<std::uint32_t>> LabelSetting::next_levels(std::size_t level) const {
  std::vector<std::vector<std::uint32_t>> levels;
  for (std::size_t ideals = 0; level < lattice_.levels() && ideals < kAhead; ++level) {
    std::vector<std::uint32_t> uppers;
    for (std::uint32_t upper = lattice_.first(level); upper < lattice_.last(level); ++upper)
      if (open_[upper]) uppers.push_back(upper);
    const bool wide = uppers.size() >= kWide;
    if (wide && !levels.empty()) break;
    ideals += uppers.size();
    levels.push_back(std::move(uppers));
    if (wide) break;
  }
  return levels;
}

void LabelSetting::solve_wide(const std::vector<std::uint32_t>& uppers, const std::function<bool()>& give_up) {
  in_parallel(std::size_t{0}, uppers.size(), [&](std::size_t i) {
    StepLists& steps = own_lists_.local();
    find_steps(uppers[i], places_[uppers.front()], steps);
    solve_alone({uppers[i], &steps}, own_desks_.local(), give_up);
  });
  note_codes(uppers);
}

void LabelSetting::solve_narrow(const std::vector<std::vector<std::uint32_t>>& levels,
                                const std::function<bool()>& give_up) {
  std::vector<std::uint32_t> all;
  for (const std::vector<std::uint32_t>& uppers : levels) all.insert(all.end(), uppers.begin(), uppers.end());
  if (all.empty()) return;
  while (lists_.size() < all.size()) lists_.push_back(new_lists());
  const auto find = [&](std::size_t i) { find_steps(all[i], places_[all.front()], lists_[i]); };
  in_parallel(std::size_t{0}, all.size(), find);
  const StepLists* steps = lists_.data();
  for (const std::vector<std::uint32_t>& uppers : levels) {
    std::vector<Task> tasks;
    for (const std::uint32_t upper : uppers) tasks.push_back({upper, steps++});
    if (worth_sharing(tasks)) {
      solve_together(tasks, give_up);
    } else {
      for (const Task& task : tasks) solve_alone(task, own_desks_.local(), give_up);
    }
    note_codes(uppers);
  }
}

bool LabelSetting::worth_sharing(const std::vector<Task>& tasks) const {
  std::size_t steps = 0;
  for (const Task& task : tasks) steps += task.steps->size();
  return threads_here() > 1 && steps * counts_.size() >= kWorthSharing;
}

/// Codes with fewer devices are smaller numbers.
void LabelSetting::solve_alone(const Task& task, Desk& desk, const std::function<bool()>& give_up) {
  Target& target = targets_.local();
  for (std::size_t code = 0; code < counts_.size() && !give_up(); ++code) solve_state(task, code, desk, target);
  keep(task.ideal, desk);
}

/// Codes of a block look at much the same labels, so one thread takes them in a row. Those of a layer have as many
/// devices of the other classes and do not depend on one another.
void LabelSetting::solve_together(const std::vector<Task>& tasks, const std::function<bool()>& give_up) {
  while (desks_.size() < tasks.size()) desks_.push_back(new_desk());
  for (const std::vector<std::size_t>& layer : layers_)
    in_parallel(std::size_t{0}, layer.size() * tasks.size(), [&](std::size_t i) {
      const std::size_t task = i % tasks.size();
      const std::size_t first = layer[i / tasks.size()];
      Target& target = targets_.local();
      for (std::size_t code = first; code < first + block_ && !give_up(); ++code)
        solve_state(tasks[task], code, desks_[task], target);
    });
  for (std::size_t task = 0; task < tasks.size(); ++task) keep(tasks[task].ideal, desks_[task]);
}

void LabelSetting::note_codes(const std::vector<std::uint32_t>& ideals) {
  for (const std::uint32_t ideal : ideals)
    for (const std::size_t code : labels_[places_[ideal]].codes) note_live(places_[ideal], code);
}

void LabelSetting::note_live(std::uint32_t place, std::size_t code) {
  live_[code].push_back(place);
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

/// Of places from `unsolved` on it is not known whether they have labels.
void LabelSetting::find_steps(std::uint32_t upper, std::uint32_t unsolved, StepLists& steps) {
  std::vector<Transition>& stages = stages_.local();
  collect_transitions(upper, stages);
  std::erase_if(stages, [&](const Transition& stage) {
    const std::uint32_t place = places_[stage.lower];
    return place < unsolved && labels_[place].origin.empty();
  });
  steps.fill(stages, max_load_s_);
}

void LabelSetting::solve_state(const Task& task, std::size_t code, Desk& desk, Target& target) const {
  desk.labels[code].clear();
  desk.fronts.forget(code);
  if (within_reach_[code] == 0 || !start(task.ideal, code, desk.fronts, target)) return;
  for (const ClassId device : frugal_first_) {
    const int most = std::min(counts_.used(code, device), cost_.classes[device].most_replicas());
    for (int replicas = 1; replicas <= most; ++replicas)
      if (const std::size_t from_code = counts_.release(code, device, replicas); !live_[from_code].empty())
        try_steps(from_code, device, replicas, *task.steps, target);
  }
  for (const Label& label : target.contest.winners()) {
    if (desk.fronts.beat(code, label)) continue;
    desk.labels[code].push_back(label);
    desk.fronts.add(code, label);
  }
}

/// False: no completion is of use. Only for the others it is looked up what fewer devices reach.
bool LabelSetting::start(std::uint32_t upper, std::size_t code, Fronts& fronts, Target& target) const {
  target.least_s = bounds_.period_s(upper, code);
  if (target.least_s > std::min(max_load_s_, 1e200)) return false;
  target.cell = cells_.of(target.least_s);
  const std::size_t known = known_[target.cell];
  outlook_.thresholds(upper, code, known, target.thresholds);
  if (target.thresholds[known] <= 0) return false;
  std::vector<double>& limits_j = target.contest.start(cells_.size());
  for (std::size_t cell = target.cell; cell < cells_.size(); ++cell) limits_j[cell] = target.thresholds[known_[cell]];
  fronts.start(code);
  fronts.limit(code, target.cell, limits_j);
  return true;
}

inline void LabelSetting::try_step(std::size_t from_code, const Step& step, int replicas, Target& target) const {
  const Brief& from = brief(from_code, step.place);
  if (std::max(from.period_s, target.least_s) >= step.fewer_s) return;
  const std::uint32_t cell = std::max({from.cell, step.cell, target.cell});
  if (from.energy_j + step.energy_j >= target.contest.limit_j(cell)) return;
  extend(from_code, step, replicas, target);
}

/// Those of a list that stand on states with labels: by going through the places that have some where these are few.
void LabelSetting::try_steps(std::size_t from_code, ClassId device, int replicas, const StepLists& lists,
                             Target& target) const {
  const std::size_t list = lists.list(device, replicas);
  const Step* const steps = lists.steps(list).data();
  const std::vector<std::uint32_t>& first = lists.first(list);
  if (!first.empty() && live_[from_code].size() < lists.steps(list).size()) {
    for (const std::uint32_t place : live_[from_code]) {
      if (first[place] == Step::kNone) continue;
      for (const Step* step = steps + first[place]; step->place == place; ++step)
        try_step(from_code, *step, replicas, target);
    }
    return;
  }
  for (const Step* step = steps; step->place != Step::kNone; ++step) try_step(from_code, *step, replicas, target);
}

/// Every label below, with `step` on top. Of the labels whose period the step hides the last one stands for all.
void LabelSetting::extend(std::size_t from_code, const Step& step, int replicas, Target& target) const {
  const std::size_t first = brief(from_code, step.place).first;
  const std::size_t count = label_count(step.place, from_code);
  const Labels& of_place = labels_[step.place];
  const double* const periods_s = of_place.period_s.data() + first;
  const double* const energies_j = of_place.energy_j.data() + first;
  const std::uint32_t* const cells = of_place.cell.data() + first;
  const double floor_s = std::max(step.load_s, target.least_s);
  const std::uint32_t floor_cell = std::max(step.cell, target.cell);
  for (std::size_t i = last_until(periods_s, count, floor_s); i < count && periods_s[i] < step.fewer_s; ++i) {
    const double energy_j = energies_j[i] + step.energy_j;
    const std::uint32_t cell = std::max(cells[i], floor_cell);
    const double limit_j = target.contest.limit_j(cell);
    if (energy_j * kSameFigure >= limit_j) {
      // Energies fall and so do limits: what does not help here does not help later.
      while (i + kStride < count && energies_j[i + kStride] + step.energy_j >= limit_j) i += kStride;
      continue;
    }
    const double period_s = std::max(periods_s[i], floor_s);
    target.contest.propose(
        {{period_s, energy_j}, cell, {step.place, static_cast<std::uint32_t>(i), step.mode, replicas}});
  }
}

void LabelSetting::keep(std::uint32_t ideal, Desk& desk) {
  const std::uint32_t place = places_[ideal];
  Labels& kept = labels_[place];
  std::size_t total = 0;
  for (const std::vector<Label>& of_code : desk.labels) total += of_code.size();
  kept.period_s.reserve(total);
  kept.energy_j.reserve(total);
  kept.cell.reserve(total);
  kept.origin.reserve(total);
  for (std::size_t code = 0; code < counts_.size(); ++code) {
    const std::vector<Label>& of_code = desk.labels[code];
    if (of_code.empty()) continue;  // nor is its brief touched: each is a cache line of its own
    kept.codes.push_back(code);
    const auto first = static_cast<std::uint32_t>(kept.origin.size());
    briefs_[code * ideals_.size() + place] = {.period_s = of_code.front().figures.period_s,
                                              .energy_j = of_code.back().figures.energy_j,
                                              .cell = of_code.front().cell,
                                              .first = first};
    briefs_[(code + 1) * ideals_.size() + place].first = first + static_cast<std::uint32_t>(of_code.size());
    for (const Label& label : of_code) {
      kept.period_s.push_back(label.figures.period_s);
      kept.energy_j.push_back(label.figures.energy_j);
      kept.cell.push_back(label.cell);
      kept.origin.push_back(label.origin);
    }
  }
}

std::vector<Figures> LabelSetting::finals(std::size_t code) const {
  const std::uint32_t place = places_.back();
  std::vector<Figures> figures;
  const std::uint32_t first = brief(code, place).first;
  for (std::uint32_t i = first; i < first + label_count(place, code); ++i)
    figures.push_back({labels_[place].period_s[i], labels_[place].energy_j[i]});
  return figures;
}

double LabelSetting::labels_per_state() const {
  double labels = 0;
  double states = 0;
  for (const Labels& of_place : labels_) {
    labels += static_cast<double>(of_place.origin.size());
    states += static_cast<double>(of_place.codes.size());
  }
  return labels / states;
}

Plan LabelSetting::plan_of(std::size_t code, std::size_t index) const {
  Plan plan;
  for (std::uint32_t place = places_.back(); place != 0;) {
    const LabelOrigin& origin = labels_[place].origin[brief(code, place).first + index];
    plan.stages.push_back({origin.mode, origin.replicas, lattice_.difference(ideals_[place], ideals_[origin.place])});
    code = counts_.release(code, cost_.modes[origin.mode].device_class, origin.replicas);
    index = origin.parent;
    place = origin.place;
  }
  std::reverse(plan.stages.begin(), plan.stages.end());
  return plan;
}

}  // namespace cleave
