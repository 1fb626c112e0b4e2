#include "cli/plan_text.hpp"

#include "base/text.hpp"
#include "cli/text_table.hpp"
#include "devices/energy_origin.hpp"

#include <fmt/format.h>

namespace cleave::cli {
namespace {

std::string proof_text(const FrontierPoint& point) {
  if (point.proven) return "proven optimal";
  if (point.bound <= 0) return "not proven, no bound known";
  // Where no plan takes any energy, the bound is of the period.
  return fmt::format("not proven, at most {:.3g}x the least {} possible", 1 / (1 - point.gap),
                     point.score.energy_j > 0 ? "energy" : "period");
}

/// "conv1 .. conv9 (12)"
std::string operators_text(const Network& network, const std::vector<OpId>& operators) {
  const std::string first = ellipsis(network.operators[operators.front()].name, 32);
  if (operators.size() == 1) return first;
  return fmt::format("{} .. {} ({})", first, ellipsis(network.operators[operators.back()].name, 32), operators.size());
}

std::string device_text(const Setting& setting, const Stage& stage) {
  const ModeCost& mode = setting.cost.modes[stage.mode];
  const std::string& name = setting.devices.classes[mode.device_class].name;
  return stage.replicas == 1 ? name : fmt::format("{} x{}", name, stage.replicas);
}

/// Which devices a plan uses, in stage order: "gpu > npu x2 > cim".
std::string route_text(const Setting& setting, const Plan& plan) {
  std::string text;
  for (const Stage& stage : plan.stages) text += (text.empty() ? "" : " > ") + device_text(setting, stage);
  return text;
}

}  // namespace

std::string plan_text(const Setting& setting, const FrontierPoint& point) {
  const Score& score = point.score;
  const std::int64_t batch = setting.cost.batch;
  std::string text = fmt::format("{} on {}, batch {}: {:.4g} inferences/s, {} each ({}), latency {}, {} ({}, {})\n\n",
                                 setting.model, setting.cluster, batch, score.throughput_per_s(batch),
                                 si(score.energy_j, "J"), energy_origin(setting.devices), si(score.latency_s, "s"),
                                 si(score.power_w(batch), "W"), proof_text(point), point.solver);
  TextTable table(
      {"stage", "device", "precision", "operators", "load", "compute", "receive", "send", "energy", "memory"},
      {1, 2, 3});
  for (std::size_t s = 0; s < point.plan.stages.size(); ++s) {
    const Stage& stage = point.plan.stages[s];
    const StageScore& part = score.stages[s];
    const double energy_j =
        (part.dynamic_j + part.transfer_j + score.period_s * part.idle_w) / static_cast<double>(batch);
    table.add({fmt::to_string(s), device_text(setting, stage),
               std::string(name_of(setting.cost.modes[stage.mode].precision)),
               operators_text(setting.network, stage.operators), si(part.load_s, "s"), si(part.compute_s, "s"),
               si(part.receive_s, "s"), si(part.send_s, "s"), si(energy_j, "J"), si(part.memory_bytes, "B")});
  }
  for (std::size_t k = 0; k < score.shared_s.size(); ++k)
    table.add(
        {"link", setting.devices.shared_links[k].name, "-", "-", si(score.shared_s[k], "s"), "-", "-", "-", "-", "-"});
  return text + table.text();
}

std::string baselines_text(const Setting& setting, const FrontierPoint& point, const std::vector<Baseline>& baselines) {
  TextTable table({"instead", "inferences/s", "energy each", "this plan is"}, {0, 3});
  for (const Baseline& baseline : baselines) {
    std::string comparison = fmt::format("{:.3g}x as fast", baseline.score.period_s / point.score.period_s);
    // Measured tables may know no energy.
    if (baseline.score.energy_j > 0)
      comparison += fmt::format(", {:.3g}x the energy", point.score.energy_j / baseline.score.energy_j);
    table.add({baseline.name, fmt::format("{:.4g}", baseline.score.throughput_per_s(setting.cost.batch)),
               si(baseline.score.energy_j, "J"), comparison});
  }
  return "\n" + table.text();
}

std::string frontier_text(const Setting& setting, const Frontier& frontier) {
  TextTable table({"inferences/s", "energy", "latency", "power", "devices", "gap", "weight", "stages"}, {7});
  for (const FrontierPoint& point : frontier.points) {
    const Score& score = point.score;
    table.add({fmt::format("{:.4g}", score.throughput_per_s(setting.cost.batch)), si(score.energy_j, "J"),
               si(score.latency_s, "s"), si(score.power_w(setting.cost.batch), "W"), fmt::to_string(score.devices_used),
               point.proven ? "0" : fmt::format("{:.2g} %", 100 * point.gap),
               point.weight ? fmt::format("{:.2f}..{:.2f}", point.weight->lo, point.weight->hi) : "-",
               ellipsis(route_text(setting, point.plan), 60)});
  }
  return table.text();
}

}  // namespace cleave::cli
