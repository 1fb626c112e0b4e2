// Label setting over states (ideal, usage counts), ideals in order of size. A label is (largest load, dynamic
// energy, finish, clocks): when one is no worse in all of them, so is every completion of it.
//
// Guarantee: exact over contiguous plans with replication, up to rounding. Cost: O(stages between cuts x counts
// x labels per state); memory O(stages between cuts + labels). Same result for any number of threads: a state is
// computed by one thread, from finished ones.
#include "search/trail.hpp"

#include "base/parallel.hpp"
#include "search/trail_bundles.hpp"
#include "search/trail_labels.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace cleave {
namespace {

/// The labels of a state, and the least of their numbers for many at a time, on which most extensions are refused.
struct alignas(64) State {
  TrailBundle all = {};  ///< in a cache line of its own, as hardly more of a state is looked at
  TrailLabels labels;
  std::vector<TrailBundle> bundles;
};

/// What one thread needs to compute a state.
struct Desk {
  TrailLabels found;
  TrailOutlook::Aim aim;
  std::vector<double> clocks;
  std::vector<std::uint16_t> makers;
  std::vector<SharedUse> uses;  ///< by shared link
};

class Trail {
 public:
  explicit Trail(const TrailTask& task)
      : task_(task),
        cost_(task.cost),
        lattice_(task.lattice),
        counts_(cost_),
        bounds_(cost_, lattice_, counts_),
        borders_(lattice_.size()),
        ends_(lattice_.size()) {}

  TrailResult run() {
    if (!collect_ends(cost_, lattice_, task_.cuts, task_.ceiling.period_s, task_.timed, task_.give_up, borders_, ends_))
      return {{}, false};
    const TrailOutlook outlook(cost_, ends_, counts_, bounds_,
                               {task_.known, task_.ceiling, task_.timed, task_.all_devices}, task_.give_up);
    if (stopped()) return {{}, false};
    outlook_ = &outlook;
    states_.resize(lattice_.size());
    states_[0].resize(counts_.size());
    states_[0][0].labels = TrailLabels(shared_count(), 0);
    const std::vector<double> unused(shared_count(), 0);
    states_[0][0].labels.add({}, unused.data(), nullptr);
    put_in_bundles(0, states_[0][0]);
    for (std::size_t level = 1; level < lattice_.levels(); ++level) {
      solve_level(level);
      if (stopped()) return {{}, false};
      task_.on_progress(static_cast<double>(level) / static_cast<double>(lattice_.levels() - 1));
    }
    return {plans(), true};
  }

 private:
  [[nodiscard]] bool stopped() const { return total_ > task_.max_labels || task_.give_up(); }

  void solve_level(std::size_t level) {
    std::vector<std::uint32_t> uppers;
    for (std::uint32_t upper = lattice_.first(level); upper < lattice_.last(level); ++upper)
      if (!ends_[upper].steps.empty()) uppers.push_back(upper);
    for (const std::uint32_t upper : uppers) states_[upper].resize(counts_.size());
    std::vector<std::vector<TrailLabels>> found(uppers.size(), std::vector<TrailLabels>(counts_.size()));
    each_state(uppers.size(), [&](std::size_t i, std::size_t code) {
      if (matters(uppers[i], code) && !stopped()) found[i][code] = solve_state(uppers[i], code);
    });
    each_state(uppers.size(), [&](std::size_t i, std::size_t code) {
      State& state = states_[uppers[i]][code];
      const TrailLabels& all = found[i][code];
      state.labels = all.picked(all.not_covered_by(with_one_device_less(found[i], code)));
      total_ += state.labels.size();
      put_in_bundles(uppers[i], state);
    });
  }

  /// States of many devices first: they have the most labels, and what takes long is not to begin last.
  template <class Visit>
  void each_state(std::size_t ideals, const Visit& visit) const {
    const auto visit_one = [&](std::size_t i) { visit(i % ideals, counts_.size() - 1 - i / ideals); };
    in_parallel_one_by_one(std::size_t{0}, ideals * counts_.size(), visit_one);
  }

  /// What takes fewer devices and is no worse in anything goes on no worse. `found`: by code.
  [[nodiscard]] std::vector<const TrailLabels*> with_one_device_less(const std::vector<TrailLabels>& found,
                                                                     std::size_t code) const {
    std::vector<const TrailLabels*> fewer;
    if (task_.by_devices) return fewer;
    for (const ClassId device : cost_.classes.ids())
      if (counts_.used(code, device) > 0) fewer.push_back(&found[counts_.release(code, device, 1)]);
    return fewer;
  }

  /// Where all devices are to be used, some are free until the end, and none then.
  [[nodiscard]] bool matters(std::uint32_t ideal, std::size_t code) const {
    if (!task_.all_devices) return true;
    std::size_t free = 0;
    for (const ClassId device : cost_.classes.ids()) free += static_cast<std::size_t>(counts_.free(code, device));
    return ideal == lattice_.top() ? free == 0 : free > 0;
  }

  [[nodiscard]] TrailLabels solve_state(std::uint32_t upper, std::size_t code) {
    Desk& desk = desks_.local();
    outlook_->aim(upper, code, desk.aim);
    if (!desk.aim.open) return {};
    const Border& border = borders_[upper];
    desk.found = TrailLabels(clock_count(border), maker_count(border));
    desk.clocks.resize(border.clocks.size() + shared_count());
    desk.makers.resize(border.crossing.size());
    std::size_t crowd = 1024;
    for (const TrailStep& step : ends_[upper].steps) {
      for (std::uint32_t i = step.first; i < step.last; ++i) {
        extend(upper, code, step, ends_[upper].stages[i], desk);
        if (desk.found.size() < crowd) continue;
        desk.found.keep_undominated();
        crowd = std::max<std::size_t>(1024, 2 * desk.found.size());
      }
      if (stopped()) return {};
    }
    desk.found.keep_undominated();
    return std::move(desk.found);
  }

  /// Shared links are numbers of a label like clocks, behind these: how long each direction is taken so far.
  [[nodiscard]] std::size_t shared_from(const Border& border) const { return task_.timed ? border.clocks.size() : 0; }
  [[nodiscard]] std::size_t shared_count() const { return cost_.links ? 2 * cost_.links->shared.size() : 0; }
  [[nodiscard]] std::size_t clock_count(const Border& border) const { return shared_from(border) + shared_count(); }
  [[nodiscard]] std::size_t maker_count(const Border& border) const { return cost_.links ? border.crossing.size() : 0; }

  void put_in_bundles(std::uint32_t ideal, State& state) const {
    if (state.labels.empty()) return;
    std::vector<Arrival> arrivals;
    for (std::size_t i = 0; i < state.labels.size(); ++i)
      arrivals.push_back(arrival(borders_[ideal], state.labels[i].finished_s, state.labels.clocks(i)));
    state.bundles = bundle(state.labels, arrivals);
    state.all = state.bundles.front();
  }

  [[nodiscard]] Arrival arrival(const Border& border, double finished_s, const double* clocks) const {
    Arrival arrival;
    if (!task_.timed) return arrival;
    if (border.path_over) arrival.path_s = finished_s;
    if (border.path_clock >= 0) arrival.path_s = clocks[border.path_clock];
    // Nothing passes by the gate: all that crosses the border leads to it.
    if (border.gate.valid() && !border.clocks.empty())
      arrival.gate_s = *std::max_element(clocks, clocks + border.clocks.size());
    return arrival;
  }

  /// Every label of the state below, with `stage` on top, that can still matter.
  void extend(std::uint32_t upper, std::size_t code, const TrailStep& step, const TrailStage& stage, Desk& desk) {
    const State* from = below(code, step, stage);
    if (from == nullptr || !worth_extending(from->all, step, stage, desk)) return;
    for (std::uint32_t at = 0; at < from->bundles.size();) {
      const TrailBundle& some = from->bundles[at];
      if (at > 0 && !worth_extending(some, step, stage, desk)) {
        at = some.next;
        continue;
      }
      if (some.is_leaf(at++)) extend_each(upper, step, stage, from->labels, some, desk);
    }
  }

  /// The state that `stage` comes from; none where it has not the devices.
  [[nodiscard]] const State* below(std::size_t code, const TrailStep& step, const TrailStage& stage) const {
    const ClassId device = cost_.modes[stage.mode].device_class;
    if (states_[step.lower].empty() || counts_.used(code, device) < stage.replicas) return nullptr;
    return &states_[step.lower][counts_.release(code, device, stage.replicas)];
  }

  /// May one of them matter with `stage` on top?
  [[nodiscard]] bool worth_extending(const TrailBundle& some, const TrailStep& step, const TrailStage& stage,
                                     Desk& desk) const {
    const double period_s = std::max({some.period_s, stage.load_s, desk.aim.least_s});
    if (is_covered(some, stage, period_s, desk)) return false;
    Arrival arrival = some.arrival;
    if (task_.timed && step.on_path) arrival.path_s += stage.duration_s;
    if (task_.timed && step.has_gate) {  // a stage starts when all is there that its operators wait for
      arrival.gate_s += stage.duration_s;
      arrival.path_s = std::max(arrival.path_s, arrival.gate_s);
    }
    return outlook_->alive(desk.aim, period_s, some.energy_j + stage.energy_j, arrival, some.finished_s);
  }

  /// Does a label or bundle, with `stage` on top, come to nothing that another, or a stage of fewer devices, does not?
  template <class Labels>
  [[nodiscard]] bool is_covered(const Labels& some, const TrailStage& stage, double period_s, const Desk& desk) const {
    if (some.covered_from_s <= std::max(stage.load_s, desk.aim.least_s)) return true;
    return !task_.by_devices && period_s >= stage.spare_from_s;
  }

  void extend_each(std::uint32_t upper, const TrailStep& step, const TrailStage& stage, const TrailLabels& below,
                   const TrailBundle& some, Desk& desk) {
    const std::uint32_t* route = ends_[upper].routes.data() + step.route;
    for (std::size_t i = some.first; i < some.last; ++i) {
      const double period_s = std::max({below[i].period_s, stage.load_s, desk.aim.least_s});
      if (is_covered(below[i], stage, period_s, desk)) continue;
      if (cost_.links)
        extend_linked(upper, step, stage, below, i, desk);
      else
        add(upper, step, stage, below, i, route, desk);
    }
  }

  /// `stage` as it is when its inputs come over the links from those who made them.
  void extend_linked(std::uint32_t upper, const TrailStep& step, TrailStage stage, const TrailLabels& below,
                     std::size_t i, Desk& desk) {
    const std::uint32_t* route = ends_[upper].routes.data() + step.route;
    if (task_.timed) route = skip_clocks(route, borders_[upper].clocks.size());
    StageSums sums = ends_[upper].sums[stage.sums];
    const ClassId to = cost_.modes[stage.mode].device_class;
    const auto& shared = cost_.links->shared;
    std::vector<SharedUse>& uses = desk.uses;
    uses.resize(shared.size());
    for (std::size_t k = 0; k < shared.size(); ++k) {
      const double* const before = below.clocks(i) + shared_from(borders_[step.lower]) + 2 * k;
      const SharedUse& user = ends_[upper].user_ways[stage.sums * shared.size() + k];
      uses[k] = {before[0] + user.in_s, before[1] + user.out_s};
    }
    for (std::uint32_t reads = *route++; reads > 0; --reads, route += 2) {
      const ClassId maker(below.makers(i)[route[1]]);
      const double s_per_byte = cost_.links->s_per_byte(maker, to);
      if (!std::isfinite(s_per_byte)) return;
      const double bytes = cost_.transfer_bytes(TensorId(route[0]), stage.mode);
      sums.receive_s += cost_.links->latency_s(maker, to) + bytes * s_per_byte;
      sums.transfer_j += bytes * cost_.links->j_per_byte(maker, to);
      for (std::size_t k = 0; k < shared.size(); ++k) add_way(shared[k], maker, to, bytes, uses[k]);
    }
    const StageScore score = stage_score(cost_, sums, stage.mode, stage.replicas);
    stage.load_s = score.load_s;
    stage.energy_j = score.dynamic_j + score.transfer_j;
    stage.duration_s = score.receive_s + score.compute_s + score.send_s;
    for (std::size_t k = 0; k < shared.size(); ++k) {
      stage.load_s = std::max(stage.load_s, busy_s(uses[k]));  // counts where a load does: in the period
      double* const after = desk.clocks.data() + shared_from(borders_[upper]) + 2 * k;
      after[0] = uses[k].in_s;
      after[1] = uses[k].out_s;
    }
    if (stage.load_s > task_.ceiling.period_s) return;
    for (std::uint16_t& maker : desk.makers) {
      const std::uint32_t source = *route++;
      maker = source == kDone ? static_cast<std::uint16_t>(to.at()) : below.makers(i)[source];
    }
    add(upper, step, stage, below, i, ends_[upper].routes.data() + step.route, desk);
  }

  static const std::uint32_t* skip_clocks(const std::uint32_t* route, std::size_t clocks) {
    route += 1 + *route;
    for (; clocks > 0; --clocks)
      for (std::uint32_t readers = *route++; readers > 0; --readers) route += 1 + *route;
    return route;
  }

  void add(std::uint32_t upper, const TrailStep& step, const TrailStage& stage, const TrailLabels& below, std::size_t i,
           const std::uint32_t* route, Desk& desk) {
    const TrailLabel& from = below[i];
    TrailLabel label{.period_s = std::max({from.period_s, stage.load_s, desk.aim.least_s}),
                     .energy_j = from.energy_j + stage.energy_j,
                     .lower = step.lower,
                     .parent = static_cast<std::uint32_t>(i),
                     .mode = stage.mode,
                     .replicas = stage.replicas};
    if (task_.timed)
      label.finished_s = advance(borders_[upper], route, stage.duration_s, from.finished_s, below.clocks(i), desk);
    const Arrival arrived = arrival(borders_[upper], label.finished_s, desk.clocks.data());
    if (outlook_->alive(desk.aim, label.period_s, label.energy_j, arrived, label.finished_s))
      desk.found.add(label, desk.clocks.data(), desk.makers.data());
  }

  /// Sets the clocks of the upper border; returns the latency, at least.
  static double advance(const Border& border, const std::uint32_t* route, double duration_s, double finished_s,
                        const double* below, Desk& desk) {
    double start_s = 0;
    for (std::uint32_t reads = *route++; reads > 0; --reads) start_s = std::max(start_s, below[*route++]);
    const double done_s = start_s + duration_s;
    finished_s = std::max(finished_s, done_s);
    for (std::size_t clock = 0; clock < border.clocks.size(); ++clock) {
      double least_s = kCannot;
      for (std::uint32_t readers = *route++; readers > 0; --readers) {
        double latest_s = 0;
        for (std::uint32_t sources = *route++; sources > 0; --sources, ++route)
          latest_s = std::max(latest_s, *route == kDone ? done_s : below[*route]);
        least_s = std::min(least_s, latest_s);
      }
      desk.clocks[clock] = least_s;
      finished_s = std::max(finished_s, least_s + border.clocks[clock].to_go_s);
    }
    return finished_s;
  }

  [[nodiscard]] std::vector<Plan> plans() const {
    const std::uint32_t top = lattice_.top();
    TrailLabels finals(0, 0);
    std::vector<std::pair<std::size_t, std::uint32_t>> origin;  // by index in `finals`: count code, label
    for (std::size_t code = 0; code < states_[top].size(); ++code) {
      const TrailLabels& labels = states_[top][code].labels;
      for (std::uint32_t i = 0; i < labels.size(); ++i) {
        TrailLabel label = labels[i];
        label.energy_j += label.period_s * bounds_.idle_w(code);
        label.parent = static_cast<std::uint32_t>(origin.size());
        origin.emplace_back(code, i);
        finals.add(label, nullptr, nullptr);
      }
    }
    if (!task_.by_devices) finals.keep_undominated();
    std::vector<Plan> found(finals.size());
    in_parallel(std::size_t{0}, found.size(), [&](std::size_t i) {
      const auto [code, label] = origin[finals[i].parent];
      found[i] = plan_of(code, label);
    });
    return found;
  }

  [[nodiscard]] Plan plan_of(std::size_t code, std::uint32_t index) const {
    Plan plan;
    for (std::uint32_t upper = lattice_.top(); upper != 0;) {
      const TrailLabel& label = states_[upper][code].labels[index];
      plan.stages.push_back({label.mode, label.replicas, lattice_.difference(upper, label.lower)});
      code = counts_.release(code, cost_.modes[label.mode].device_class, label.replicas);
      index = label.parent;
      upper = label.lower;
    }
    std::reverse(plan.stages.begin(), plan.stages.end());
    return plan;
  }

  const TrailTask& task_;
  const CostTable& cost_;
  const Lattice& lattice_;
  Counts counts_;
  Bounds bounds_;
  std::vector<Border> borders_;  ///< by ideal
  std::vector<TrailEnd> ends_;   ///< by ideal
  const TrailOutlook* outlook_ = nullptr;
  std::vector<std::vector<State>> states_;  ///< [ideal][code]
  std::atomic<std::size_t> total_ = 0;      ///< labels kept
  PerThread<Desk> desks_;
};

}  // namespace

TrailResult solve_trail(const TrailTask& task) { return Trail(task).run(); }

}  // namespace cleave
