#include "report/pareto_csv.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "devices/energy_origin.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

/// The precisions in use, each once, joined by "+".
std::string precisions(const CostTable& cost, const Plan& plan) {
  std::vector<std::string> names;
  for (const Stage& stage : plan.stages) names.emplace_back(name_of(cost.modes[stage.mode].precision));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : "+") + name;
  return joined;
}

int most_replicas(const Plan& plan) {
  int most = 0;
  for (const Stage& stage : plan.stages) most = std::max(most, stage.replicas);
  return most;
}

}  // namespace

std::string pareto_header() {
  return "model,cluster,batch,throughput_per_s,period_s,latency_s,energy_j,power_w,per_device_energy_j,devices_used,"
         "stages,replicas_max,precision,bound,gap,proven,weight,solver,plan,any_bound,any_gap,energy_origin\n";
}

std::string pareto_row(const Setting& setting, const FrontierPoint& point, const std::string& plan) {
  const Score& score = point.score;
  const std::int64_t batch = setting.cost.batch;
  const std::string weight = point.weight ? round_trip(point.weight->lo) + ".." + round_trip(point.weight->hi) : "";
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(setting.model),
                     csv_field(setting.cluster), batch, round_trip(score.throughput_per_s(batch)),
                     round_trip(score.period_s), round_trip(score.latency_s), round_trip(score.energy_j),
                     round_trip(score.power_w(batch)), round_trip(score.energy_j / score.devices_used),
                     score.devices_used, point.plan.stages.size(), most_replicas(point.plan),
                     precisions(setting.cost, point.plan), round_trip(point.bound), round_trip(point.gap),
                     point.proven ? 1 : 0, weight, point.solver, csv_field(plan), round_trip(point.any_bound),
                     round_trip(point.any_gap), energy_origin(setting.devices));
}

}  // namespace cleave
