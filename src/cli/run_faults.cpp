#include "cli/run_faults.hpp"

#include "base/text.hpp"
#include "report/infeasibility.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace cleave::cli {
namespace {

/// A search that takes longer than this would be a longer outage than a worse plan is worth.
constexpr double kSearchLimit_s = 10;

std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Fault parse_fault(const std::string& text, const Cluster& cluster, const std::vector<std::string>& classes) {
  const auto fail = [&](const std::string& problem) {
    throw UsageError(fmt::format("--inject-fault {}: {}; give DEVICE@N or DEVICE#K@N, such as {}@20", text, problem,
                                 classes.front()));
  };
  const auto at = text.rfind('@');
  if (at == std::string::npos) fail("it does not say at which batch");
  const auto batch = whole_number(std::string_view(text).substr(at + 1));
  if (!batch || *batch == 0) fail("what follows the @ is no number of a batch, counted from 1");
  Fault fault{.text = text, .batch = batch.value_or(1)};
  std::string name = text.substr(0, at);
  if (const auto hash = name.rfind('#'); hash != std::string::npos) {
    const auto number = whole_number(std::string_view(name).substr(hash + 1));
    if (!number) fail("what follows the # is no number of a device, counted from 0");
    fault.number = number.value_or(0);
    name.resize(hash);
  }
  const auto found = std::find(classes.begin(), classes.end(), name);
  if (found == classes.end())
    throw UsageError(fmt::format("--inject-fault {}: the cluster has no device \"{}\"; did you mean \"{}\"?", text,
                                 name, nearest(name, classes)));
  fault.device_class = ClassId(static_cast<std::size_t>(found - classes.begin()));
  if (const int count = cluster.classes[fault.device_class].count; fault.number >= static_cast<std::size_t>(count))
    throw UsageError(fmt::format("--inject-fault {}: the cluster has {} of \"{}\", counted from 0", text, count, name));
  return fault;
}

}  // namespace

std::vector<Fault> parse_faults(const std::vector<std::string>& texts, const Cluster& cluster) {
  std::vector<std::string> classes;
  for (const ClassId id : cluster.classes.ids()) classes.push_back(cluster.classes[id].name);
  std::vector<Fault> faults;
  for (const std::string& text : texts) faults.push_back(parse_fault(text, cluster, classes));
  return faults;
}

void FaultInjector::watch(std::vector<PlanDevice> devices) {
  const std::lock_guard lock(mutex_);
  devices_ = std::move(devices);
  seen_.assign(devices_.size(), {});
}

void FaultInjector::strike(std::size_t stage, int replica, std::size_t batch) {
  const std::lock_guard lock(mutex_);
  const PlanDevice& device = device_of(devices_, stage, replica);
  Seen& seen = seen_[static_cast<std::size_t>(&device - devices_.data())];
  if (seen.batches > 0 && batch <= seen.latest) return;
  seen.latest = batch;
  ++seen.batches;
  for (Fault& fault : faults_) {
    if (fault.happened || fault.device_class != device.device_class || fault.number != device.number) continue;
    if (fault.batch != seen.batches) continue;
    fault.happened = true;
    throw std::runtime_error("injected fault");
  }
}

std::vector<std::string> FaultInjector::left() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  for (const Fault& fault : faults_)
    if (!fault.happened) texts.push_back(fault.text);
  return texts;
}

std::optional<Plan> Survivors::replan(const Session& session, const Plan& plan, std::span<const Failure> failures) {
  for (const Failure& failure : failures) lose(setting_.cost.modes[plan.stages[failure.stage].mode].device_class);
  const Frontier frontier = explore({.cost = setting_.cost}, {.solver = Solver::exact,
                                                              .time_limit_s = kSearchLimit_s,
                                                              .seed = session.seed,
                                                              .threads = session.threads,
                                                              .stop = session.stop});
  if (frontier.points.empty()) {
    reason_ = frontier.complete ? explain_infeasible(setting_, frontier.exhaustive)
                                : "the search for another plan was stopped before it found one";
    return std::nullopt;
  }
  const auto& weight = points_.front().weight;
  points_.push_back(frontier.pick(weight ? (weight->lo + weight->hi) / 2 : 1));
  return points_.back().plan;
}

/// One device of the class less. The last one takes all costs of its class with it.
void Survivors::lose(ClassId device_class) {
  if (--setting_.cost.classes[device_class].count > 0) return;
  setting_.cost.classes[device_class].count = 1;
  for (const ModeId mode : setting_.cost.modes.ids()) {
    if (setting_.cost.modes[mode].device_class != device_class) continue;
    for (const OpId op : setting_.cost.inputs.ids()) {
      setting_.cost.compute_s(op, mode) = kCannot;
      setting_.cost.compute_j(op, mode) = setting_.cost.weight_bytes(op, mode) = setting_.cost.live_bytes(op, mode) = 0;
    }
  }
}

}  // namespace cleave::cli
