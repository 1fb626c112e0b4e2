// The second opinion: legality and score of a plan from the cost table alone. On purpose it shares
// nothing with the search or with evaluate: whole-plan passes over tensors instead of sums per stage.
#include "search/check_interleaved.hpp"

#include <cleave/plan.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cleave {
namespace {

/// What is wrong so far, in the user's names.
class Complaints {
 public:
  explicit Complaints(const PlanNames& names) : names_(names) {}

  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] std::vector<std::string> take() { return std::move(all_); }

  template <class... Args>
  void add(fmt::format_string<Args...> text, Args&&... args) {
    all_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  [[nodiscard]] std::string operator_called(std::size_t op) const { return called("operator", names_.operators, op); }
  [[nodiscard]] std::string class_called(ClassId device) const { return called("class", names_.classes, device.at()); }
  [[nodiscard]] std::string shared_link_called(std::size_t link) const {
    return called("shared link", names_.shared_links, link);
  }

 private:
  [[nodiscard]] static std::string called(const char* kind, const std::vector<std::string>& names, std::size_t at) {
    return at < names.size() ? fmt::format("{} \"{}\"", kind, names[at]) : fmt::format("{} {}", kind, at);
  }

  const PlanNames& names_;
  std::vector<std::string> all_;
};

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

bool same(double a, double b) { return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

/// Which stage runs each operator; complains when one is run by none or twice.
std::vector<std::size_t> place(const CostTable& cost, const Plan& plan, Complaints& complaints) {
  std::vector<std::size_t> stage_of(cost.operator_count(), kNowhere);
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    if (plan.stages[s].operators.empty()) complaints.add("stage {} has no operators", s);
    for (const OpId op : plan.stages[s].operators) {
      if (op.at() >= stage_of.size())
        complaints.add("stage {} names operator {} of {}", s, op.at(), stage_of.size());
      else if (stage_of[op.at()] != kNowhere)
        complaints.add("{} is in stages {} and {}", complaints.operator_called(op.at()), stage_of[op.at()], s);
      else
        stage_of[op.at()] = s;
    }
  }
  for (std::size_t op = 0; op < stage_of.size(); ++op)
    if (stage_of[op] == kNowhere) complaints.add("{} is in no stage", complaints.operator_called(op));
  return stage_of;
}

void check_devices(const CostTable& cost, const Plan& plan, Complaints& complaints) {
  std::vector<int> used(cost.classes.size(), 0);
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const Stage& stage = plan.stages[s];
    if (stage.mode.at() >= cost.modes.size()) {
      complaints.add("stage {} runs in a mode that the cluster does not have", s);
      continue;
    }
    if (stage.replicas < 1) complaints.add("stage {} has {} replicas", s, stage.replicas);
    const ClassId device = cost.modes[stage.mode].device_class;
    if (stage.replicas > 1 && !cost.classes[device].replicate)
      complaints.add("stage {} has {} replicas, its devices do not replicate", s, stage.replicas);
    used[device.at()] += stage.replicas;
  }
  for (const ClassId device : cost.classes.ids())
    if (used[device.at()] > cost.classes[device].count)
      complaints.add("{} devices of {} are used, the cluster has {}", used[device.at()],
                     complaints.class_called(device), cost.classes[device].count);
}

/// Data must flow from earlier stages to later ones, unless no order of the stages makes it.
void check_flow(const CostTable& cost, const std::vector<std::size_t>& stage_of, Complaints& complaints) {
  for (const TensorUse& tensor : cost.tensors)
    for (const OpId reader : tensor.consumers)
      if (tensor.producer.valid() && stage_of[tensor.producer.at()] > stage_of[reader.at()])
        complaints.add("{} in stage {} reads from stage {}, which comes later", complaints.operator_called(reader.at()),
                       stage_of[reader.at()], stage_of[tensor.producer.at()]);
}

/// Adds what stage `to` takes to get the tensor from stage `from` over the link between their devices.
void pull(const CostTable& cost, const Plan& plan, TensorId tensor, std::size_t from, std::size_t to,
          StageScore& score) {
  const ModeId mode = plan.stages[to].mode;
  const ClassId there = cost.modes[plan.stages[from].mode].device_class;
  const ClassId here = cost.modes[mode].device_class;
  const double bytes = cost.transfer_bytes(tensor, mode);
  const double s_per_byte = cost.links->s_per_byte(there, here);
  // Without a link nothing arrives, however small it is.
  score.receive_s += std::isinf(s_per_byte) ? s_per_byte : cost.links->latency_s(there, here) + bytes * s_per_byte;
  score.transfer_j += bytes * cost.links->j_per_byte(there, here);
}

/// How often a tensor passes a shared link into a member, and out of one; kNowhere is the user.
std::pair<int, int> passes_of(const SharedLinkCost& link, const CostTable& cost, const Plan& plan, std::size_t from,
                              std::size_t to) {
  const auto member = [&](std::size_t s) {
    return s != kNowhere && link.member[cost.modes[plan.stages[s].mode].device_class] != 0;
  };
  if (member(from) && member(to)) return {link.inside > 0, link.inside > 0};
  return {member(to), member(from)};
}

/// How long each shared link is taken by one batch. What the user's tensors take there is added to the stages; what
/// the others take is part of their links.
std::vector<double> share(const CostTable& cost, const Plan& plan, const std::vector<std::size_t>& stage_of,
                          std::vector<StageScore>& stages) {
  std::vector<double> busy;
  if (!cost.links) return std::vector<double>(cost.idle_links, 0);
  for (const SharedLinkCost& link : cost.links->shared) {
    double in_s = 0;
    double out_s = 0;
    double sum_s = 0;
    const auto travel = [&](TensorId tensor, std::size_t from, std::size_t to) {
      StageScore& payer = stages[to == kNowhere ? from : to];
      const double bytes = cost.transfer_bytes(tensor, plan.stages[to == kNowhere ? from : to].mode);
      const double seconds = link.latency_s + link.s_per_byte * bytes;
      const auto [in, out] = passes_of(link, cost, plan, from, to);
      in_s += in * seconds;
      out_s += out * seconds;
      sum_s += (in && out ? link.inside : in + out) * seconds;
      if (from != kNowhere && to != kNowhere) return;
      (to == kNowhere ? payer.send_s : payer.receive_s) += (in + out) * seconds;
      payer.transfer_j += (in + out) * bytes * link.j_per_byte;
    };
    for (const TensorId tensor : cost.tensors.ids()) {
      const TensorUse& use = cost.tensors[tensor];
      const std::size_t from = use.producer.valid() ? stage_of[use.producer.at()] : kNowhere;
      std::set<std::size_t> readers;
      for (const OpId reader : use.consumers) readers.insert(stage_of[reader.at()]);
      readers.erase(from);
      for (const std::size_t s : readers) travel(tensor, from, s);
      if (use.leaves && from != kNowhere) travel(tensor, from, kNowhere);
    }
    busy.push_back(link.full_duplex ? std::max(in_s, out_s) : sum_s);
  }
  return busy;
}

/// Port and link time, energy and buffers of every stage, tensor by tensor.
std::vector<StageScore> moved(const CostTable& cost, const Plan& plan, const std::vector<std::size_t>& stage_of) {
  std::vector<StageScore> stages(plan.stages.size());
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    const std::size_t from = use.producer.valid() ? stage_of[use.producer.at()] : kNowhere;
    std::set<std::size_t> readers;
    for (const OpId reader : use.consumers) readers.insert(stage_of[reader.at()]);
    readers.erase(from);
    const bool beside_ports = cost.links && !cost.links->ports && from != kNowhere;
    const auto cross = [&](std::size_t s, double& seconds, bool through_port) {
      const ModeId mode = plan.stages[s].mode;
      stages[s].memory_bytes += 2 * cost.transfer_bytes(tensor, mode);
      if (!through_port) return;
      seconds += cost.transfer_s(tensor, mode);
      stages[s].transfer_j += cost.transfer_j(tensor, mode);
    };
    for (const std::size_t s : readers) {
      cross(s, stages[s].receive_s, !beside_ports);
      if (cost.links && from != kNowhere) pull(cost, plan, tensor, from, s, stages[s]);
    }
    if (from != kNowhere && (use.leaves || !readers.empty()))
      cross(from, stages[from].send_s, !beside_ports || use.leaves);
  }
  return stages;
}

/// Adds computing, weights and working memory; complains about what does not fit.
void compute(const CostTable& cost, const Stage& stage, std::size_t s, StageScore& score, Complaints& complaints) {
  const ModeCost& mode = cost.modes[stage.mode];
  const ClassCost& device = cost.classes[mode.device_class];
  double weights = 0;
  double live = 0;
  score.compute_s = mode.stage_launch_s;
  score.dynamic_j = mode.stage_launch_j;
  for (const OpId op : stage.operators) {
    if (!std::isfinite(cost.compute_s(op, stage.mode)))
      complaints.add("stage {} cannot run {}", s, complaints.operator_called(op.at()));
    score.compute_s += cost.compute_s(op, stage.mode);
    score.dynamic_j += cost.compute_j(op, stage.mode);
    weights += cost.weight_bytes(op, stage.mode);
    live = std::max(live, cost.live_bytes(op, stage.mode));
  }
  if (weights > mode.resident_bytes) {
    if (!std::isfinite(mode.reload_s_per_byte))
      complaints.add("stage {} needs {:.0f} bytes for weights, the device holds {:.0f}", s, weights,
                     mode.resident_bytes);
    score.compute_s += (weights - mode.resident_bytes) * mode.reload_s_per_byte;
    score.dynamic_j += (weights - mode.resident_bytes) * mode.reload_j_per_byte;
  }
  score.memory_bytes += weights + live;
  if (score.memory_bytes > device.memory_bytes)
    complaints.add("stage {} needs {:.0f} bytes of memory, the device has {:.0f}", s, score.memory_bytes,
                   device.memory_bytes);
  if (!std::isfinite(score.receive_s)) complaints.add("stage {} reads from a stage that no link leads from", s);
  const double port_s = device.full_duplex ? std::max(score.receive_s, score.send_s) : score.receive_s + score.send_s;
  const double serial_s = score.receive_s + score.compute_s + score.send_s;
  score.load_s = (device.overlap ? std::max(score.compute_s, port_s) : serial_s) / stage.replicas;
  score.idle_w = device.idle_w * stage.replicas;
}

/// When each stage has sent its results of one batch, nothing else in the pipeline; the last of them.
double longest_path_s(const CostTable& cost, const std::vector<std::size_t>& stage_of,
                      const std::vector<StageScore>& stages) {
  std::vector<double> ready_s(stages.size(), 0);
  std::vector<std::set<std::size_t>> feeds(stages.size());
  for (const TensorUse& tensor : cost.tensors)
    for (const OpId reader : tensor.consumers)
      if (tensor.producer.valid()) feeds[stage_of[tensor.producer.at()]].insert(stage_of[reader.at()]);
  double last_s = 0;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const double sent_s = ready_s[s] + stages[s].receive_s + stages[s].compute_s + stages[s].send_s;
    for (const std::size_t next : feeds[s])
      if (next != s) ready_s[next] = std::max(ready_s[next], sent_s);
    last_s = std::max(last_s, sent_s);
  }
  return last_s;
}

void compare(const char* what, double claimed, double found, Complaints& complaints) {
  if (!same(claimed, found)) complaints.add("{} is {:.17g}, not {:.17g}", what, found, claimed);
}

/// Per inference, what its devices draw when idle included.
double energy_j(const Score& score, std::size_t stage, std::int64_t batch) {
  const StageScore& of = score.stages[stage];
  return (of.dynamic_j + of.transfer_j + score.period_s * of.idle_w) / static_cast<double>(batch);
}

void compare(const Score& claimed, const Score& found, std::int64_t batch, Complaints& complaints) {
  compare("the period (s)", claimed.period_s, found.period_s, complaints);
  compare("the latency (s)", claimed.latency_s, found.latency_s, complaints);
  compare("the energy (J)", claimed.energy_j, found.energy_j, complaints);
  if (claimed.devices_used != found.devices_used)
    complaints.add("{} devices are used, not {}", found.devices_used, claimed.devices_used);
  if (claimed.stages.size() != found.stages.size()) {
    complaints.add("{} stages are scored, the plan has {}", claimed.stages.size(), found.stages.size());
    return;
  }
  for (std::size_t s = 0; s < found.stages.size(); ++s) {
    const auto of_stage = [&](const char* what, double StageScore::*field) {
      compare(fmt::format("the {} of stage {}", what, s).c_str(), claimed.stages[s].*field, found.stages[s].*field,
              complaints);
    };
    of_stage("load (s)", &StageScore::load_s);
    of_stage("computing time (s)", &StageScore::compute_s);
    of_stage("receiving time (s)", &StageScore::receive_s);
    of_stage("sending time (s)", &StageScore::send_s);
    of_stage("memory (bytes)", &StageScore::memory_bytes);
    compare(fmt::format("the energy (J) of stage {}", s).c_str(), energy_j(claimed, s, batch),
            energy_j(found, s, batch), complaints);
  }
  if (claimed.shared_s.size() != found.shared_s.size())
    complaints.add("{} shared links are scored, the cluster has {}", claimed.shared_s.size(), found.shared_s.size());
  for (std::size_t k = 0; k < std::min(claimed.shared_s.size(), found.shared_s.size()); ++k)
    compare(fmt::format("the load (s) of {}", complaints.shared_link_called(k)).c_str(), claimed.shared_s[k],
            found.shared_s[k], complaints);
}

void check_limits(const Limits& limits, const Score& score, Complaints& complaints) {
  const auto within = [&](const char* what, double value, double limit) {
    if (value > limit * (1 + 1e-9)) complaints.add("{} {:g} exceeds the limit {:g}", what, value, limit);
  };
  within("the period (s)", score.period_s, limits.period_s);
  within("the latency (s)", score.latency_s, limits.latency_s);
  within("the energy (J)", score.energy_j, limits.energy_j);
}

}  // namespace

std::vector<std::string> check(const Problem& problem, const Plan& plan, const Score& claimed, const PlanNames& names) {
  const CostTable& cost = problem.cost;
  Complaints complaints(names);
  const auto stage_of = place(cost, plan, complaints);
  check_devices(cost, plan, complaints);
  if (!complaints.empty()) return complaints.take();
  const bool circle = flow_has_circle(cost, plan.stages.size(), stage_of);
  if (!circle) check_flow(cost, stage_of, complaints);
  Score found;
  found.stages = moved(cost, plan, stage_of);
  found.shared_s = share(cost, plan, stage_of, found.stages);
  double dynamic_j = 0;
  double idle_w = 0;
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    StageScore& stage = found.stages[s];
    compute(cost, plan.stages[s], s, stage, complaints);
    found.period_s = std::max(found.period_s, stage.load_s);
    found.devices_used += plan.stages[s].replicas;
    dynamic_j += stage.dynamic_j + stage.transfer_j;
    idle_w += stage.idle_w;
  }
  if (!complaints.empty()) return complaints.take();
  for (const double busy_s : found.shared_s) found.period_s = std::max(found.period_s, busy_s);
  found.latency_s =
      circle ? longest_path_of_passes_s(cost, plan, stage_of) : longest_path_s(cost, stage_of, found.stages);
  found.energy_j = (dynamic_j + found.period_s * idle_w) / static_cast<double>(cost.batch);
  compare(claimed, found, cost.batch, complaints);
  check_limits(problem.limits, found, complaints);
  return complaints.take();
}

}  // namespace cleave
