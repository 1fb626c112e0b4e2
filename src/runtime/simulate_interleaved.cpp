#include "runtime/simulate_interleaved.hpp"

#include "runtime/moving_time.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace cleave {
namespace {

constexpr std::array<const char*, 3> kPhases = {"receive", "compute", "send"};

struct Pass {
  std::size_t stage = 0;
  std::size_t depth = 0;
  std::array<double, 3> phase_s = {};  ///< receive, compute, send
  std::set<std::size_t> after = {};    ///< passes of the same batch that must have sent
};

/// The passes of a plan, by depth and then stage.
class PassList {
 public:
  PassList(const CostTable& cost, const Plan& plan) : cost_(cost), plan_(plan), stage_of_(cost.operator_count()) {
    for (std::size_t s = 0; s < plan.stages.size(); ++s)
      for (const OpId op : plan.stages[s].operators) stage_of_[op] = s;
    find_depths();
    for (const OpId op : cost.inputs.ids()) numbers_.insert({{depth_[op], stage_of_[op]}, 0});
    for (auto& [key, number] : numbers_) {
      number = passes_.size();
      passes_.push_back({.stage = key.second, .depth = key.first});
    }
    add_computing();
    for (const TensorId tensor : cost.tensors.ids()) add_tensor(tensor);
  }
  [[nodiscard]] const std::vector<Pass>& passes() const { return passes_; }

 private:
  /// Operators are in an order in which data flows.
  void find_depths() {
    depth_ = IndexVector<OpId, std::size_t>(cost_.operator_count(), 0);
    for (const OpId op : cost_.inputs.ids())
      for (const TensorId tensor : cost_.outputs[op])
        for (const OpId reader : cost_.tensors[tensor].consumers)
          depth_[reader] = std::max(depth_[reader], depth_[op] + (stage_of_[reader] != stage_of_[op] ? 1 : 0));
  }
  Pass& pass_of(OpId op) { return passes_[numbers_.at({depth_[op], stage_of_[op]})]; }

  void add_computing() {
    std::map<std::size_t, std::size_t> latest;  // of each stage
    for (std::size_t i = 0; i < passes_.size(); ++i) {
      Pass& pass = passes_[i];
      const auto [before, first] = latest.try_emplace(pass.stage, i);
      if (!first) pass.after.insert(before->second);
      before->second = i;
      if (first) pass.phase_s[1] = setup_s(plan_.stages[pass.stage]);
    }
    for (const OpId op : cost_.inputs.ids())
      pass_of(op).phase_s[1] += cost_.compute_s(op, plan_.stages[stage_of_[op]].mode);
  }

  [[nodiscard]] double setup_s(const Stage& stage) const {
    const ModeCost& mode = cost_.modes[stage.mode];
    double weights = 0;
    for (const OpId op : stage.operators) weights += cost_.weight_bytes(op, stage.mode);
    return mode.stage_launch_s +
           (weights > mode.resident_bytes ? (weights - mode.resident_bytes) * mode.reload_s_per_byte : 0);
  }

  /// Sent once by the pass that makes it, received once by each other stage, in the first pass that reads it.
  void add_tensor(TensorId tensor) {
    const TensorUse& use = cost_.tensors[tensor];
    std::map<std::size_t, OpId> first_reader;
    for (const OpId op : use.consumers) {
      if (use.producer.valid() && stage_of_[op] == stage_of_[use.producer]) continue;
      const auto [known, fresh] = first_reader.try_emplace(stage_of_[op], op);
      if (!fresh && depth_[op] < depth_[known->second]) known->second = op;
    }
    for (const auto& [stage, op] : first_reader) {
      Pass& reader = pass_of(op);
      const ModeId maker = use.producer.valid() ? plan_.stages[stage_of_[use.producer]].mode : ModeId();
      reader.phase_s[0] += arrival_s(cost_, tensor, maker, plan_.stages[stage].mode);
      if (use.producer.valid()) reader.after.insert(numbers_.at({depth_[use.producer], stage_of_[use.producer]}));
    }
    if (use.producer.valid() && (use.leaves || !first_reader.empty()))
      pass_of(use.producer).phase_s[2] += departure_s(cost_, tensor, plan_.stages[stage_of_[use.producer]].mode);
  }

  const CostTable& cost_;
  const Plan& plan_;
  IndexVector<OpId, std::size_t> stage_of_;
  IndexVector<OpId, std::size_t> depth_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> numbers_;  ///< by depth and stage
  std::vector<Pass> passes_;
};

/// What a device has to work with: until when its input, its compute unit and its output are taken.
struct Device {
  std::array<double, 3> free_s = {};
};

class Play {
 public:
  Play(const CostTable& cost, const Plan& plan, std::size_t batches)
      : cost_(cost), plan_(plan), list_(cost, plan), batches_(batches), sent_s_(list_.passes().size() * batches, 0) {
    for (const Stage& stage : plan.stages) {
      lag_ = std::max(lag_, static_cast<std::size_t>(stage.replicas));
      devices_.emplace_back(static_cast<std::size_t>(stage.replicas));
    }
    for (const auto& [key, item] : schedule()) run(item);
  }
  [[nodiscard]] double last_s() const {
    return sent_s_.empty() ? 0 : *std::max_element(sent_s_.begin(), sent_s_.end());
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

  [[nodiscard]] const ClassCost& device_of(std::size_t stage) const {
    return cost_.classes[cost_.modes[plan_.stages[stage].mode].device_class];
  }

  [[nodiscard]] std::vector<std::pair<Key, Item>> schedule() const {
    std::vector<std::pair<Key, Item>> items;
    for (std::size_t p = 0; p < list_.passes().size(); ++p) {
      const Pass& pass = list_.passes()[p];
      const bool apart = device_of(pass.stage).overlap;
      for (std::size_t batch = 0; batch < batches_; ++batch)
        for (std::size_t phase = 0; phase < (apart ? 3U : 1U); ++phase) {
          const std::size_t level = 3 * pass.depth + phase;
          items.push_back({{batch + lag_ * level, -static_cast<std::ptrdiff_t>(level), p, batch},
                           {p, batch, phase, apart ? phase : 2}});
        }
    }
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return items;
  }

  void run(const Item& item) {
    const Pass& pass = list_.passes()[item.pass];
    const ClassCost& kind = device_of(pass.stage);
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
  PassList list_;
  std::size_t batches_;
  std::size_t lag_ = 1;
  std::vector<std::vector<Device>> devices_;  ///< by stage and replica
  std::vector<double> sent_s_;                ///< by pass and batch: how far it has come
  std::vector<TraceEvent> events_;
};

}  // namespace

double interleaved_makespan_s(const CostTable& cost, const Plan& plan) { return Play(cost, plan, 1).last_s(); }

std::vector<TraceEvent> interleaved_events(const CostTable& cost, const Plan& plan, std::size_t batches) {
  return Play(cost, plan, batches).events();
}

}  // namespace cleave
