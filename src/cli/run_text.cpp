#include "cli/run_text.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/run_verify_text.hpp"
#include "cli/text_table.hpp"
#include "runtime/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave::cli {
namespace {

std::string worker_name(const Setting& setting, const Plan& plan, const WorkerReport& worker) {
  const Stage& stage = plan.stages[worker.stage];
  const std::string& device = setting.devices.classes[setting.cost.modes[stage.mode].device_class].name;
  return stage.replicas == 1 ? device : fmt::format("{} #{}", device, worker.replica);
}

/// What one batch takes of the device that serves it: replicas share the batches, not a batch.
double occupied_s(const FrontierPoint& point, std::size_t stage) {
  return point.score.stages[stage].load_s * point.plan.stages[stage].replicas;
}

std::vector<double> percentiles_of(const RunRequest& options) {
  return options.percentiles.empty() ? std::vector<double>{50, 90, 99} : options.percentiles;
}

}  // namespace

std::string run_text(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome) {
  const Setting& setting = file.setting;
  const Score& score = file.point.score;
  TextTable figures({"", "predicted", "measured here"});
  figures.add({"period", si(score.period_s, "s"), si(outcome.measured.period_s, "s")});
  figures.add({"throughput", fmt::format("{:.4g}/s", score.throughput_per_s(setting.cost.batch)),
               fmt::format("{:.4g}/s", static_cast<double>(setting.cost.batch) / outcome.measured.period_s)});
  figures.add({"latency", si(score.latency_s, "s"), si(outcome.measured.latency_s, "s")});
  if (const auto period = mean_interval(outcome.measured.results_s)) {
    const auto batch = static_cast<double>(setting.cost.batch);
    figures.add({"95 % interval", "-",
                 fmt::format("{:.4g} to {:.4g}/s", batch / period->high, batch / std::max(period->low, 1e-300))});
  }
  if (options.rate_per_s > 0) {
    figures.add({"asked for", "-", fmt::format("{:.4g}/s", options.rate_per_s)});
    for (const double percent : percentiles_of(options)) {
      const auto latency_s = percentile(outcome.latencies_s, percent);
      figures.add({fmt::format("latency p{:g}", percent), "-", latency_s ? si(*latency_s, "s") : "too few batches"});
    }
  }
  figures.add({"energy each", si(score.energy_j, "J"), "not measured"});
  std::string text = fmt::format("{} on {}: {} batches of {} in {}\n\n{}\n", setting.model, setting.cluster,
                                 outcome.done, setting.cost.batch, si(outcome.measured.wall_s, "s"), figures.text());
  TextTable workers(
      {"stage", "device", "computed by", "predicted per batch", "busy per batch", "busy", "blocked", "idle"}, {1, 2});
  for (const WorkerReport& worker : outcome.measured.workers) {
    const double wall_s = worker.busy_s + worker.blocked_s + worker.idle_s;
    const auto share = [&](double seconds) { return fmt::format("{:.0f} %", 100 * seconds / wall_s); };
    workers.add({fmt::to_string(worker.stage), worker_name(setting, file.point.plan, worker),
                 outcome.engines[worker.stage] + " (emulated)", si(occupied_s(file.point, worker.stage), "s"),
                 worker.batches ? si(worker.busy_s / static_cast<double>(worker.batches), "s") : "-",
                 share(worker.busy_s), share(worker.blocked_s), share(worker.idle_s)});
  }
  text += workers.text();
  for (std::size_t stage = 0; stage < outcome.remarks.size(); ++stage)
    if (!outcome.remarks[stage].empty()) text += fmt::format("stage {}: {}\n", stage, outcome.remarks[stage]);
  if (outcome.verification) text += "\n" + verification_text(*outcome.verification, outcome.engines);
  return text;
}

std::string run_json(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome) {
  const Setting& setting = file.setting;
  JsonWriter json;
  json.begin_object()
      .field("plan", options.plan)
      .field("model", setting.model)
      .field("cluster", setting.cluster)
      .field("batch", setting.cost.batch);
  json.field("batches", outcome.done).field("wall_s", outcome.measured.wall_s);
  json.field("predicted_period_s", file.point.score.period_s).field("period_s", outcome.measured.period_s);
  json.field("predicted_latency_s", file.point.score.latency_s).field("latency_s", outcome.measured.latency_s);
  const auto period = mean_interval(outcome.measured.results_s);
  json.key("period_interval_s");
  period ? json.begin_array().value(period->low).value(period->high).end_array() : json.null();
  if (options.rate_per_s > 0) {
    json.field("rate_per_s", options.rate_per_s).key("latency_percentiles_s").begin_object();
    for (const double percent : percentiles_of(options)) {
      json.key(fmt::format("p{:g}", percent));
      const auto latency_s = percentile(outcome.latencies_s, percent);
      latency_s ? json.value(*latency_s) : json.null();
    }
    json.end_object();
  }
  json.key("energy_j").null();  // no counter is read yet: unknown, not zero
  json.key("workers").begin_array();
  for (const WorkerReport& worker : outcome.measured.workers) {
    const Stage& stage = file.point.plan.stages[worker.stage];
    json.begin_object().field("stage", worker.stage).field("replica", worker.replica);
    json.field("device", setting.devices.classes[setting.cost.modes[stage.mode].device_class].name)
        .field("computed_by", outcome.engines[worker.stage])
        .field("remark", outcome.remarks[worker.stage])
        .field("emulated", true);
    json.field("predicted_load_s", file.point.score.stages[worker.stage].load_s).field("batches", worker.batches);
    json.field("busy_s", worker.busy_s)
        .field("blocked_s", worker.blocked_s)
        .field("idle_s", worker.idle_s)
        .end_object();
  }
  json.end_array();
  if (outcome.verification) write_verification(*outcome.verification, json);
  json.end_object();
  return json.text();
}

}  // namespace cleave::cli
