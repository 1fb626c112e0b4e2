#include "search/brute_trail.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace cleave::testing_support {
namespace {

using Set = unsigned;

struct Moved {
  double in_s = 0;
  double out_s = 0;
  double joules = 0;
  double bytes = 0;
};

std::vector<Moved> moved(const CostTable& cost, const Plan& plan, const std::map<OpId, std::size_t>& home) {
  std::vector<Moved> all(plan.stages.size());
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    for (std::size_t s = 0; s < plan.stages.size(); ++s) {
      const ModeId mode = plan.stages[s].mode;
      const auto here = [&](OpId op) { return home.at(op) == s; };
      const bool made_here = use.producer.valid() && here(use.producer);
      const auto readers_here = std::count_if(use.consumers.begin(), use.consumers.end(), here);
      const bool sends = made_here && (use.leaves || readers_here < static_cast<long>(use.consumers.size()));
      const bool receives = !made_here && readers_here > 0;
      if (!sends && !receives) continue;
      all[s].bytes += 2 * cost.transfer_bytes(tensor, mode);
      if (cost.links && receives && use.producer.valid()) {
        const ClassId from = cost.modes[plan.stages[home.at(use.producer)].mode].device_class;
        const ClassId to = cost.modes[mode].device_class;
        const double bytes = cost.transfer_bytes(tensor, mode);
        if (std::isinf(cost.links->s_per_byte(from, to))) {
          all[s].in_s = kCannot;
          continue;
        }
        all[s].in_s += cost.links->latency_s(from, to) + bytes * cost.links->s_per_byte(from, to);
        all[s].joules += bytes * cost.links->j_per_byte(from, to);
      }
      const bool linked = receives && use.producer.valid();
      if (!cost.links || cost.links->ports || (!linked && (receives || use.leaves))) {
        (receives ? all[s].in_s : all[s].out_s) += cost.transfer_s(tensor, mode);
        all[s].joules += cost.transfer_j(tensor, mode);
      }
    }
  }
  return all;
}

/// What is taken of one shared link, and what the user's tensors add to the stages, way by way.
Directions share(const CostTable& cost, const SharedLinkCost& link, const Plan& plan,
                 const std::map<OpId, std::size_t>& home, std::vector<Moved>& stages) {
  double forth_s = 0;
  double back_s = 0;
  double all_s = 0;
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    const auto member = [&](std::size_t s) { return link.member[cost.modes[plan.stages[s].mode].device_class] != 0; };
    const auto seconds = [&](std::size_t s) {
      return link.latency_s + link.s_per_byte * cost.transfer_bytes(tensor, plan.stages[s].mode);
    };
    const auto joules = [&](std::size_t s) {
      return link.j_per_byte * cost.transfer_bytes(tensor, plan.stages[s].mode);
    };
    for (std::size_t s = 0; s < plan.stages.size(); ++s) {
      const auto here = [&](OpId op) { return home.at(op) == s; };
      const bool reads = std::any_of(use.consumers.begin(), use.consumers.end(), here);
      if (!use.producer.valid()) {
        if (!reads || !member(s)) continue;
        forth_s += seconds(s);
        all_s += seconds(s);
        stages[s].in_s += seconds(s);
        stages[s].joules += joules(s);
        continue;
      }
      if (here(use.producer)) {
        if (!use.leaves || !member(s)) continue;
        back_s += seconds(s);
        all_s += seconds(s);
        stages[s].out_s += seconds(s);
        stages[s].joules += joules(s);
        continue;
      }
      if (!reads) continue;
      const bool both = member(s) && member(home.at(use.producer));
      if (both && link.inside == 0) continue;
      if (member(s)) forth_s += seconds(s);
      if (member(home.at(use.producer))) back_s += seconds(s);
      if (both)
        all_s += link.inside * seconds(s);
      else if (member(s) || member(home.at(use.producer)))
        all_s += seconds(s);
    }
  }
  return link.full_duplex ? Directions{forth_s, back_s} : Directions{all_s, 0};
}

std::map<OpId, std::size_t> homes_of(const Plan& plan) {
  std::map<OpId, std::size_t> home;
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) home[op] = s;
  return home;
}

struct Enumeration {
  const CostTable& cost;
  std::function<void(const Plan&)> visit;
  Set everything = (1U << cost.operator_count()) - 1;
  std::vector<int> free = {};
  Plan plan = {};

  void run() {
    for (const ClassCost& device : cost.classes) free.push_back(device.count);
    extend(0);
  }

  static bool in(Set set, OpId op) { return (set >> op.at()) & 1; }

  [[nodiscard]] bool is_ideal(Set set) const {
    for (const TensorUse& tensor : cost.tensors)
      for (const OpId reader : tensor.consumers)
        if (tensor.producer.valid() && in(set, reader) && !in(set, tensor.producer)) return false;
    return true;
  }

  void extend(Set done) {
    if (done == everything) return visit(plan);
    const Set rest = everything & ~done;
    for (Set stage = rest; stage != 0; stage = (stage - 1) & rest) {
      if (!is_ideal(done | stage)) continue;
      std::vector<OpId> operators;
      for (const OpId op : cost.inputs.ids())
        if (in(stage, op)) operators.push_back(op);
      for (const ModeId mode : cost.modes.ids()) {
        int& available = free[cost.modes[mode].device_class.at()];
        const int most = cost.classes[cost.modes[mode].device_class].replicate ? available : std::min(available, 1);
        for (int replicas = 1; replicas <= most; ++replicas) {
          plan.stages.push_back({mode, replicas, operators});
          available -= replicas;
          extend(done | stage);
          available += replicas;
          plan.stages.pop_back();
        }
      }
    }
  }
};

}  // namespace

std::optional<Triple> score_of(const CostTable& cost, const Plan& plan) {
  std::map<OpId, std::size_t> home = homes_of(plan);
  auto transfers = moved(cost, plan, home);
  Triple score;
  if (cost.links)
    for (const SharedLinkCost& link : cost.links->shared) {
      const auto [forth_s, back_s] = share(cost, link, plan, home, transfers);
      score.period_s = std::max({score.period_s, forth_s, back_s});
    }
  double idle_w = 0;
  std::vector<double> sent_s(plan.stages.size(), 0);
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const ModeCost& mode = cost.modes[plan.stages[s].mode];
    const ClassCost& device = cost.classes[mode.device_class];
    const Moved& port = transfers[s];
    double compute_s = mode.stage_launch_s;
    double weights = 0;
    double live = 0;
    double start_s = 0;
    score.energy_j += mode.stage_launch_j + port.joules;
    for (const OpId op : plan.stages[s].operators) {
      compute_s += cost.compute_s(op, plan.stages[s].mode);
      score.energy_j += cost.compute_j(op, plan.stages[s].mode);
      weights += cost.weight_bytes(op, plan.stages[s].mode);
      live = std::max(live, cost.live_bytes(op, plan.stages[s].mode));
      for (const TensorId tensor : cost.inputs[op])
        if (const OpId producer = cost.tensors[tensor].producer; producer.valid() && home[producer] != s)
          start_s = std::max(start_s, sent_s[home[producer]]);
    }
    if (const double excess = weights - mode.resident_bytes; excess > 0) {
      compute_s += excess * mode.reload_s_per_byte;
      score.energy_j += excess * mode.reload_j_per_byte;
    }
    if (std::isinf(compute_s) || std::isinf(port.in_s) || weights + live + port.bytes > device.memory_bytes) return {};
    const double port_s = device.full_duplex ? std::max(port.in_s, port.out_s) : port.in_s + port.out_s;
    const double busy_s = device.overlap ? std::max(compute_s, port_s) : port.in_s + compute_s + port.out_s;
    score.period_s = std::max(score.period_s, busy_s / plan.stages[s].replicas);
    idle_w += device.idle_w * plan.stages[s].replicas;
    sent_s[s] = start_s + port.in_s + compute_s + port.out_s;
    score.latency_s = std::max(score.latency_s, sent_s[s]);
  }
  score.energy_j = (score.energy_j + score.period_s * idle_w) / static_cast<double>(cost.batch);
  return score;
}

std::vector<Triple> undominated(std::vector<Triple> points) {
  std::sort(points.begin(), points.end(), [](const Triple& a, const Triple& b) {
    return std::tie(a.period_s, a.energy_j, a.latency_s) < std::tie(b.period_s, b.energy_j, b.latency_s);
  });
  std::vector<Triple> kept;
  for (const Triple& point : points)
    if (std::none_of(kept.begin(), kept.end(), [&](const Triple& other) {
          return other.energy_j <= point.energy_j && other.latency_s <= point.latency_s;
        }))
      kept.push_back(point);
  return kept;
}

std::vector<Directions> on_shared_links(const CostTable& cost, const Plan& plan) {
  std::vector<Directions> taken;
  if (!cost.links) return taken;
  std::vector<Moved> ignored(plan.stages.size());
  for (const SharedLinkCost& link : cost.links->shared)
    taken.push_back(share(cost, link, plan, homes_of(plan), ignored));
  return taken;
}

std::vector<Plan> every_trail(const CostTable& cost) {
  std::vector<Plan> found;
  Enumeration{cost,
              [&](const Plan& plan) {
                if (score_of(cost, plan)) found.push_back(plan);
              }}
      .run();
  return found;
}

std::vector<Triple> brute_trail(const CostTable& cost) {
  std::vector<Triple> found;
  Enumeration{cost,
              [&](const Plan& plan) {
                if (const auto score = score_of(cost, plan)) found.push_back(*score);
                if (found.size() > 4096) found = undominated(std::move(found));
              }}
      .run();
  return undominated(std::move(found));
}

}  // namespace cleave::testing_support
