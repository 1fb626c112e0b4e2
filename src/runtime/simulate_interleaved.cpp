#include "runtime/simulate_interleaved.hpp"

#include "runtime/pass_list.hpp"
#include "runtime/pass_order.hpp"
#include "runtime/statistics.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace cleave {
namespace {

constexpr std::array<const char*, 3> kPhases = {"receive", "compute", "send"};

/// What a device has to work with: until when its input, its compute unit and its output are taken.
struct Device {
  std::array<double, 3> free_s = {};
};

const ClassCost& device_of(const CostTable& cost, const Stage& stage) {
  return cost.classes[cost.modes[stage.mode].device_class];
}

PassOrder order_of(const CostTable& cost, const Plan& plan) {
  return pass_order(
      plan, std::ranges::any_of(plan.stages, [&](const Stage& stage) { return device_of(cost, stage).overlap; }));
}

class Play {
 public:
  Play(const CostTable& cost, const Plan& plan, std::size_t batches)
      : cost_(cost),
        plan_(plan),
        passes_(passes_of(cost, plan)),
        batches_(batches),
        sent_s_(passes_.size() * batches, 0) {
    for (const Stage& stage : plan.stages) devices_.emplace_back(static_cast<std::size_t>(stage.replicas));
    for (const auto& [key, item] : schedule()) run(item);
  }
  /// When the last of its passes has sent the batch.
  [[nodiscard]] double done_s(std::size_t batch) const {
    double latest_s = 0;
    for (std::size_t p = 0; p < passes_.size(); ++p) latest_s = std::max(latest_s, sent_s_[p * batches_ + batch]);
    return latest_s;
  }
  [[nodiscard]] std::vector<TraceEvent> events() && {
    std::stable_sort(events_.begin(), events_.end(), [](const TraceEvent& a, const TraceEvent& b) {
      return std::tie(a.batch, a.stage, a.start_s) < std::tie(b.batch, b.stage, b.start_s);
    });
    return std::move(events_);
  }

 private:
  /// One phase of a pass; where a device does one thing at a time, all three.
  struct Item {
    std::size_t pass = 0;
    std::size_t batch = 0;
    std::size_t first = 0;
    std::size_t last = 0;  ///< phases
  };
  using Key = std::tuple<std::size_t, std::ptrdiff_t, std::size_t, std::size_t>;

  [[nodiscard]] std::vector<std::pair<Key, Item>> schedule() const {
    const PassOrder order = order_of(cost_, plan_);
    std::vector<std::pair<Key, Item>> items;
    for (std::size_t p = 0; p < passes_.size(); ++p) {
      const Pass& pass = passes_[p];
      const bool apart = device_of(cost_, plan_.stages[pass.stage]).overlap;
      for (std::size_t batch = 0; batch < batches_; ++batch)
        for (std::size_t phase = 0; phase < (apart ? 3U : 1U); ++phase) {
          const std::size_t beat = batch + order.lag() * pass.depth + order.turn * phase;
          items.push_back({{beat, -static_cast<std::ptrdiff_t>(3 * pass.depth + phase), p, batch},
                           {p, batch, phase, apart ? phase : 2}});
        }
    }
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return items;
  }

  void run(const Item& item) {
    const Pass& pass = passes_[item.pass];
    const ClassCost& kind = device_of(cost_, plan_.stages[pass.stage]);
    const std::size_t replica = item.batch % devices_[pass.stage].size();
    Device& device = devices_[pass.stage][replica];
    double& done_s = sent_s_[item.pass * batches_ + item.batch];
    if (item.first == 0)
      for (const std::size_t before : pass.after) done_s = std::max(done_s, sent_s_[before * batches_ + item.batch]);
    for (std::size_t phase = item.first; phase <= item.last; ++phase) {
      const std::size_t part = !kind.overlap || (phase == 2 && !kind.full_duplex) ? 0 : phase;
      const double start_s = std::max(done_s, device.free_s[part]);
      done_s = device.free_s[part] = start_s + pass.phase_s[phase];
      if (done_s > start_s)
        events_.push_back({pass.stage, static_cast<int>(replica), kPhases[phase], item.batch, start_s, done_s});
    }
  }

  const CostTable& cost_;
  const Plan& plan_;
  std::vector<Pass> passes_;
  std::size_t batches_;
  std::vector<std::vector<Device>> devices_;  ///< by stage and replica
  std::vector<double> sent_s_;                ///< by pass and batch: how far it has come
  std::vector<TraceEvent> events_;
};

}  // namespace

double interleaved_makespan_s(const CostTable& cost, const Plan& plan) { return Play(cost, plan, 1).done_s(0); }

double interleaved_period_s(const CostTable& cost, const Plan& plan) {
  constexpr std::size_t kTurns = 8;
  const PassOrder order = order_of(cost, plan);
  const std::size_t counted = kTurns * std::min(whole_turn(plan), kTurns * order.turn);
  const std::size_t under_way = passes_of(cost, plan).back().depth * order.lag() + order.ahead();
  const std::size_t first = under_way + counted;  // what fills and settles before, and drains behind, does not count
  const Play play(cost, plan, first + counted + 1 + under_way);
  return (play.done_s(first + counted) - play.done_s(first)) / static_cast<double>(counted);
}

std::vector<TraceEvent> interleaved_events(const CostTable& cost, const Plan& plan, std::size_t batches) {
  return Play(cost, plan, batches).events();
}

}  // namespace cleave
