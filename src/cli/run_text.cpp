#include "cli/run_text.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/plan_devices.hpp"
#include "cli/run_causes.hpp"
#include "cli/run_losses.hpp"
#include "cli/run_verify_text.hpp"
#include "cli/text_table.hpp"
#include "runtime/executor/core_pinning.hpp"
#include "runtime/statistics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cleave::cli {
namespace {

Residual explained(const RunRequest& options, const RunOutcome& outcome, const WorkerReport& worker) {
  const FrontierPoint& point = outcome.points.back();
  return residual_of(outcome.measured, worker,
                     {.load_s = point.score.stages[worker.stage].load_s,
                      .replicas = point.plan.stages[worker.stage].replicas,
                      .on_cpu = outcome.on_cpu[worker.stage]},
                     options.pace, usable_cores().size());
}

/// Measured against predicted, relative to that; as a factor where percents read badly.
std::string residual_text(double relative) {
  if (relative > 10) return fmt::format("{:.3g}x as long", 1 + relative);
  return fmt::format("{:+.1f} %", 100 * relative);
}

/// One line for each worker that has something to explain.
std::string causes_text(const RunRequest& options, const RunOutcome& outcome, const std::vector<PlanDevice>& devices) {
  std::string text;
  for (const WorkerReport& worker : outcome.measured.workers)
    if (const Residual residual = explained(options, outcome, worker); !residual.cause.empty())
      text += fmt::format("stage {} ({}): {}\n", worker.stage, device_of(devices, worker.stage, worker.replica).name,
                          residual.cause);
  return text.empty() ? text : "\n" + text;
}

/// Of the period; none where there are too few results, or those of several plans.
std::optional<Interval95> interval_of(const RunOutcome& outcome) {
  if (outcome.parts.size() > 1) return std::nullopt;
  const std::vector<double>& results_s = outcome.measured.results_s;
  return mean_interval(std::span(results_s).first(results_s.size() - outcome.measured.trailing_results),
                       whole_turn(outcome.points.back().plan));
}

/// Of interleaved plans many results do not count, so it says how many batches would do.
std::string too_few_text(const RunReport& measured) {
  if (measured.trailing_results == 0) return "too few batches";
  return fmt::format("too few batches; -n {} would do", measured.trailing_results + RunRequest().batches);
}

/// A measured time, 0 where it is not known.
void write_known(JsonWriter& json, const char* key, double seconds) {
  json.key(key);
  seconds > 0 ? json.value(seconds) : json.null();
}

/// Inferences in the window of the energy.
double inferences(const Setting& setting, const RunOutcome& outcome) {
  return static_cast<double>((outcome.done - 1) * static_cast<std::size_t>(setting.cost.batch));
}

std::string energy_text(const Setting& setting, const RunOutcome& outcome) {
  if (!outcome.energy) return "not measured";
  const double each = 1 / inferences(setting, outcome);
  return fmt::format("{}, {} above idle (measured: {})", si(outcome.energy->joules * each, "J"),
                     si(outcome.energy->above_idle_j * each, "J"), fmt::join(outcome.energy->sources, " + "));
}

/// Null where it is not known.
void write_energy(JsonWriter& json, const Setting& setting, const RunOutcome& outcome) {
  if (!outcome.energy) {
    json.key("energy_j").null().key("energy_above_idle_j").null();
    return;
  }
  const double each = 1 / inferences(setting, outcome);
  json.field("energy_j", outcome.energy->joules * each);
  json.field("energy_above_idle_j", outcome.energy->above_idle_j * each);
  json.field("energy_source", fmt::format("{}", fmt::join(outcome.energy->sources, " + ")));
}

/// Of all workers together; none where an engine does not count.
std::optional<std::size_t> held_bytes(const RunReport& report) {
  std::size_t bytes = 0;
  for (const WorkerReport& worker : report.workers) {
    if (!worker.held_bytes) return std::nullopt;
    bytes += *worker.held_bytes;
  }
  return bytes;
}

double planned_bytes(const FrontierPoint& point) {
  double bytes = 0;
  for (std::size_t stage = 0; stage < point.plan.stages.size(); ++stage)
    bytes += point.score.stages[stage].memory_bytes * point.plan.stages[stage].replicas;
  return bytes;
}

std::string memory_text(const RunOutcome& outcome) {
  const auto held = held_bytes(outcome.measured);
  return held ? si(static_cast<double>(*held), "B") : "not counted";
}

void write_process_memory(JsonWriter& json, const RunOutcome& outcome) {
  if (!outcome.before || !outcome.running) return;
  const ProcessMemory &before = *outcome.before, &running = *outcome.running;
  json.key("process").begin_object();
  json.field("before_bytes", before.resident_bytes).field("running_bytes", running.resident_bytes);
  json.field("code_bytes", running.file_bytes - std::min(before.file_bytes, running.file_bytes));
  json.field("peak_bytes", running.peak_bytes).end_object();
}

void write_top(JsonWriter& json, const std::vector<std::vector<TopValue>>& samples) {
  json.key("top").begin_array();
  for (const std::vector<TopValue>& sample : samples) {
    json.begin_array();
    for (const TopValue& top : sample)
      json.begin_object().field("index", top.index).field("value", static_cast<double>(top.value)).end_object();
    json.end_array();
  }
  json.end_array();
}

void write_faults_left(JsonWriter& json, const std::vector<std::string>& faults) {
  if (faults.empty()) return;
  json.key("faults_left").begin_array();
  for (const std::string& fault : faults) json.value(fault);
  json.end_array();
}

std::vector<double> percentiles_of(const RunRequest& options) {
  return options.percentiles.empty() ? std::vector<double>{50, 90, 99} : options.percentiles;
}

}  // namespace

std::string run_text(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome) {
  const Setting& setting = file.setting;
  const FrontierPoint& point = outcome.points.back();
  const Score& score = point.score;
  const RunReport& measured = outcome.measured;
  const double scale = options.pace > 0 ? options.pace : 1;
  TextTable figures({"", "predicted", "measured here"});
  const bool has_period = measured.period_s > 0;
  figures.add(
      {"period", si(score.period_s * scale, "s"), has_period ? si(measured.period_s, "s") : too_few_text(measured)});
  const auto batch = static_cast<double>(setting.cost.batch);
  figures.add({"throughput", fmt::format("{:.4g}/s", score.throughput_per_s(setting.cost.batch) / scale),
               has_period ? fmt::format("{:.4g}/s", batch / measured.period_s) : "-"});
  figures.add(
      {"latency", si(score.latency_s * scale, "s"), measured.latency_s > 0 ? si(measured.latency_s, "s") : "-"});
  if (const auto period = interval_of(outcome))
    figures.add({"95 % interval", "-",
                 fmt::format("{:.4g} to {:.4g}/s", batch / period->high, batch / std::max(period->low, 1e-300))});
  if (options.rate_per_s > 0) {
    figures.add({"asked for", "-", fmt::format("{:.4g}/s", options.rate_per_s)});
    for (const double percent : percentiles_of(options)) {
      const auto latency_s = percentile(outcome.latencies_s, percent);
      figures.add({fmt::format("latency p{:g}", percent), "-", latency_s ? si(*latency_s, "s") : "too few batches"});
    }
  }
  figures.add({"energy each", si(score.energy_j, "J"), energy_text(setting, outcome)});
  if (!options.idle) figures.add({"memory", si(planned_bytes(point), "B"), memory_text(outcome)});
  std::string text = fmt::format("{} on {}: {} batches of {} in {}\n", setting.model, setting.cluster, outcome.done,
                                 setting.cost.batch, si(measured.wall_s, "s"));
  if (options.pace > 0)
    text += fmt::format("paced: devices take {} predicted time{}\n",
                        options.pace == 1 ? "their" : fmt::format("{:g} times their", options.pace),
                        options.idle ? ", nothing is computed" : "");
  text += losses_text(file, outcome) + "\n" + figures.text() + "\n";
  TextTable workers({"stage", "device", "computed by", "predicted per batch", "busy per batch", "residual", "busy",
                     "blocked", "idle"},
                    {1, 2});
  const auto devices = plan_devices(setting, point.plan);
  for (const WorkerReport& worker : measured.workers) {
    const double wall_s = worker.busy_s + worker.blocked_s + worker.idle_s;
    const auto share = [&](double seconds) { return fmt::format("{:.0f} %", 100 * seconds / wall_s); };
    const Residual residual = explained(options, outcome, worker);
    workers.add({fmt::to_string(worker.stage), device_of(devices, worker.stage, worker.replica).name,
                 outcome.engines[worker.stage] + (options.idle ? "" : " (emulated)"), si(residual.predicted_s, "s"),
                 worker.batches ? si(residual.measured_s, "s") : "-",
                 residual.relative ? residual_text(*residual.relative) : "-", share(worker.busy_s),
                 share(worker.blocked_s), share(worker.idle_s)});
  }
  text += workers.text();
  for (std::size_t stage = 0; stage < outcome.remarks.size(); ++stage)
    if (!outcome.remarks[stage].empty()) text += fmt::format("stage {}: {}\n", stage, outcome.remarks[stage]);
  text += causes_text(options, outcome, devices);
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
  const FrontierPoint& point = outcome.points.back();
  json.field("batches", outcome.done).field("wall_s", outcome.measured.wall_s);
  if (outcome.parts.front().loss) json.field("last_plan_wall_s", outcome.parts.back().report.wall_s);
  if (options.pace > 0) json.field("pace", options.pace).field("computed", !options.idle);
  write_known(json.field("predicted_period_s", point.score.period_s), "period_s", outcome.measured.period_s);
  write_known(json.field("predicted_latency_s", point.score.latency_s), "latency_s", outcome.measured.latency_s);
  const auto period = interval_of(outcome);
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
  write_energy(json, setting, outcome);
  write_process_memory(json, outcome);
  json.key("workers").begin_array();
  for (const WorkerReport& worker : outcome.measured.workers) {
    const Stage& stage = point.plan.stages[worker.stage];
    const Residual residual = explained(options, outcome, worker);
    json.begin_object().field("stage", worker.stage).field("replica", worker.replica);
    json.field("device", setting.devices.classes[setting.cost.modes[stage.mode].device_class].name)
        .field("computed_by", outcome.engines[worker.stage])
        .field("remark", outcome.remarks[worker.stage])
        .field("emulated", true);
    json.field("predicted_load_s", point.score.stages[worker.stage].load_s).field("batches", worker.batches);
    json.field("busy_s", worker.busy_s).field("blocked_s", worker.blocked_s).field("idle_s", worker.idle_s);
    json.field("predicted_memory_bytes", point.score.stages[worker.stage].memory_bytes).key("held_memory_bytes");
    worker.held_bytes ? json.value(*worker.held_bytes) : json.null();
    json.field("engine_s", worker.engine_s).field("cpu_s", worker.cpu_s).field("late", worker.late);
    json.key("residual");
    residual.relative ? json.value(*residual.relative) : json.null();
    json.field("cause", residual.cause).end_object();
  }
  json.end_array();
  write_losses(json, file, outcome);
  write_faults_left(json, outcome.faults_left);
  if (options.top_k > 0) write_top(json, top_values(outcome.results, setting.cost.batch, options.top_k));
  if (outcome.verification) write_verification(*outcome.verification, json);
  json.end_object();
  return json.text();
}

}  // namespace cleave::cli
