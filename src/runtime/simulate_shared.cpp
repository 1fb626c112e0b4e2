// At every moment at which something ends, whatever can begin does: stages by number, older batches first.
#include "runtime/simulate_shared.hpp"

#include "runtime/shared_ways.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <tuple>

namespace cleave {
namespace {

enum Phase : std::size_t { kReceive, kCompute, kSend };
constexpr const char* kPhases[] = {"receive", "compute", "send"};

/// What a device is doing in one of its phases.
struct Work {
  std::size_t leg = 0;
  double began_s = 0;
  double until_s = 0;  ///< of this leg; infinite while it waits for a link
};

/// One device of a stage: how many of its batches have passed each phase, and what it is doing.
struct Device {
  std::size_t stage = 0;
  std::size_t replica = 0;
  std::size_t passed[3] = {0, 0, 0};
  std::optional<Work> work[3] = {};
};

struct Line {
  bool in_taken = false;
  bool out_taken = false;
  std::deque<std::pair<std::size_t, Phase>> queue = {};  ///< devices (by number) that wait, and for what
};

class Play {
 public:
  Play(const CostTable& cost, const Plan& plan, std::size_t batches)
      : cost_(cost),
        plan_(plan),
        batches_(batches),
        links_(cost.links->shared.size()),
        sent_(plan.stages.size(), std::vector<bool>(batches, false)) {
    for (const StageWays& stage : stage_ways(cost, plan)) {
      legs_.push_back({stage.receive, {{.seconds = stage.compute_s}}, stage.send});
      for (std::vector<Leg>& legs : legs_.back()) std::erase_if(legs, [](const Leg& leg) { return leg.seconds == 0; });
      producers_.push_back(stage.producers);
    }
    for (std::size_t s = 0; s < plan.stages.size(); ++s)
      for (std::size_t r = 0; r < static_cast<std::size_t>(plan.stages[s].replicas); ++r)
        devices_.push_back({.stage = s, .replica = r});
  }

  std::vector<TraceEvent> run() {
    for (;;) {
      while (act()) {
      }
      const double next_s = next_end_s();
      if (next_s == kCannot) break;
      now_s_ = next_s;
    }
    std::stable_sort(events_.begin(), events_.end(), [](const TraceEvent& a, const TraceEvent& b) {
      return std::tie(a.batch, a.stage, a.start_s) < std::tie(b.batch, b.stage, b.start_s);
    });
    return std::move(events_);
  }

 private:
  [[nodiscard]] const ClassCost& kind(const Device& device) const {
    return cost_.classes[cost_.modes[plan_.stages[device.stage].mode].device_class];
  }
  [[nodiscard]] std::size_t batch_of(const Device& device, Phase phase) const {
    return device.replica + device.passed[phase] * static_cast<std::size_t>(plan_.stages[device.stage].replicas);
  }
  [[nodiscard]] const std::vector<Leg>& legs_of(const Device& device, Phase phase) const {
    return legs_[device.stage][phase];
  }

  [[nodiscard]] double next_end_s() const {
    double next_s = kCannot;
    for (const Device& device : devices_)
      for (const auto& work : device.work)
        if (work) next_s = std::min(next_s, work->until_s);
    return next_s;
  }

  /// Ends and begins what can at this moment; true when something did.
  bool act() {
    bool acted = false;
    for (std::size_t d = 0; d < devices_.size(); ++d)
      for (const Phase phase : {kSend, kCompute, kReceive})
        if (devices_[d].work[phase] && devices_[d].work[phase]->until_s <= now_s_) {
          end_leg(d, phase);
          acted = true;
        }
    for (std::size_t d = 0; d < devices_.size(); ++d)
      for (const Phase phase : {kReceive, kCompute, kSend})
        if (may_begin(devices_[d], phase)) {
          devices_[d].work[phase] = Work{.began_s = now_s_};
          begin_leg(d, phase);
          acted = true;
        }
    for (std::size_t k = 0; k < links_.size(); ++k) acted |= serve(k);
    return acted;
  }

  [[nodiscard]] bool may_begin(const Device& device, Phase phase) const {
    if (device.work[phase] || batch_of(device, phase) >= batches_) return false;
    if (phase != kReceive && device.passed[phase] >= device.passed[phase - 1]) return false;
    if (phase == kReceive && !inputs_are_there(device)) return false;
    const auto idle = [&](Phase one) { return !device.work[one]; };
    const ClassCost& how = kind(device);
    if (!how.overlap) {
      const bool first = phase != kReceive || device.passed[kReceive] == device.passed[kSend];
      return first && idle(kReceive) && idle(kCompute) && idle(kSend);
    }
    if (how.full_duplex || phase == kCompute) return true;
    // The port does one thing at a time, and receives while fewer than two batches are on the device.
    const bool room = device.passed[kReceive] < device.passed[kSend] + 2;
    return idle(kReceive) && idle(kSend) && (phase == kSend || room);
  }

  [[nodiscard]] bool inputs_are_there(const Device& device) const {
    const auto& producers = producers_[device.stage];
    return std::all_of(producers.begin(), producers.end(),
                       [&](std::size_t stage) { return sent_[stage][batch_of(device, kReceive)]; });
  }

  void begin_leg(std::size_t d, Phase phase) {
    Work& work = *devices_[d].work[phase];
    const std::vector<Leg>& legs = legs_of(devices_[d], phase);
    if (work.leg == legs.size()) return end_phase(d, phase);
    const Leg& leg = legs[work.leg];
    work.until_s = leg.shared() ? kCannot : now_s_ + leg.seconds;
    if (leg.shared()) links_[leg.link].queue.emplace_back(d, phase);
  }

  void end_leg(std::size_t d, Phase phase) {
    Work& work = *devices_[d].work[phase];
    const Leg& leg = legs_of(devices_[d], phase)[work.leg++];
    if (leg.in) links_[leg.link].in_taken = false;
    if (leg.out) links_[leg.link].out_taken = false;
    begin_leg(d, phase);
  }

  void end_phase(std::size_t d, Phase phase) {
    Device& device = devices_[d];
    const std::size_t batch = batch_of(device, phase);
    const double began_s = device.work[phase]->began_s;
    if (now_s_ > began_s)
      events_.push_back({device.stage, static_cast<int>(device.replica), kPhases[phase], batch, began_s, now_s_});
    if (phase == kSend) sent_[device.stage][batch] = true;
    ++device.passed[phase];
    device.work[phase].reset();
  }

  /// Gives the link to those who wait, in the order in which they came; nobody overtakes for the same direction.
  bool serve(std::size_t k) {
    Line& link = links_[k];
    bool in_taken = link.in_taken;
    bool out_taken = link.out_taken;
    bool served = false;
    for (auto waiting = link.queue.begin(); waiting != link.queue.end();) {
      const auto [d, phase] = *waiting;
      Work& work = *devices_[d].work[phase];
      const Leg& leg = legs_of(devices_[d], phase)[work.leg];
      const bool free = !(leg.in && in_taken) && !(leg.out && out_taken);
      in_taken |= leg.in;
      out_taken |= leg.out;
      if (!free) {
        ++waiting;
        continue;
      }
      link.in_taken |= leg.in;
      link.out_taken |= leg.out;
      work.until_s = now_s_ + leg.seconds;
      waiting = link.queue.erase(waiting);
      served = true;
    }
    return served;
  }

  const CostTable& cost_;
  const Plan& plan_;
  std::vector<std::array<std::vector<Leg>, 3>> legs_;  ///< by stage and phase
  std::vector<std::vector<std::size_t>> producers_;    ///< by stage
  std::size_t batches_;
  std::vector<Line> links_;
  std::vector<Device> devices_;
  std::vector<std::vector<bool>> sent_;  ///< by stage and batch
  double now_s_ = 0;
  std::vector<TraceEvent> events_;
};

}  // namespace

std::vector<TraceEvent> shared_events(const CostTable& cost, const Plan& plan, std::size_t batches) {
  return Play(cost, plan, batches).run();
}

}  // namespace cleave
