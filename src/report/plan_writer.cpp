#include "base/json_writer.hpp"
#include "devices/energy_origin.hpp"
#include "report/fingerprint.hpp"
#include "report/plan_file.hpp"
#include "report/reference.hpp"

namespace cleave {
namespace {

void write_stage(JsonWriter& json, const Setting& setting, const Stage& stage, const StageScore& score,
                 double period_s) {
  const ModeCost& mode = setting.cost.modes[stage.mode];
  const double batch = static_cast<double>(setting.cost.batch);
  json.begin_object();
  json.field("device", setting.devices.classes[mode.device_class].name);
  json.field("replicas", stage.replicas);
  json.field("precision", name_of(mode.precision));
  json.key("operators").begin_array();
  for (const OpId op : stage.operators) json.value(setting.network.operators[op].name);
  json.end_array();
  json.field("load_s", score.load_s);
  json.field("compute_s", score.compute_s);
  json.field("receive_s", score.receive_s);
  json.field("send_s", score.send_s);
  json.field("energy_j", (score.dynamic_j + score.transfer_j + period_s * score.idle_w) / batch);
  json.field("memory_bytes", score.memory_bytes);
  json.end_object();
}

void write_shared(JsonWriter& json, const Setting& setting, const Score& score) {
  if (score.shared_s.empty()) return;
  json.key("shared_links").begin_array();
  for (std::size_t k = 0; k < score.shared_s.size(); ++k)
    json.begin_object()
        .field("name", setting.devices.shared_links[k].name)
        .field("load_s", score.shared_s[k])
        .end_object();
  json.end_array();
}

void write_extras(JsonWriter& json, const PlanExtras& extras) {
  json.field("elapsed_s", extras.elapsed_s);
  json.key("baselines").begin_array();
  for (const Baseline& baseline : extras.baselines)
    json.begin_object()
        .field("name", baseline.name)
        .field("period_s", baseline.score.period_s)
        .field("energy_j", baseline.score.energy_j)
        .end_object();
  json.end_array();
}

}  // namespace

PlanWriter::PlanWriter(const Setting& setting, const std::filesystem::path& folder)
    : setting_(setting),
      model_(seen_from(folder, setting.model)),
      cluster_(seen_from(folder, setting.cluster)),
      model_fingerprint_(fingerprint(setting.network)),
      cluster_fingerprint_(fingerprint(setting.devices)) {}

void PlanWriter::write(JsonWriter& json, const FrontierPoint& point) const {
  const Score& score = point.score;
  const std::int64_t batch = setting_.cost.batch;
  json.field("schema", "cleave.plan/1");
  json.field("model", model_);
  json.field("cluster", cluster_);
  json.field("batch", batch);
  json.field("model_fingerprint", model_fingerprint_);
  json.field("cluster_fingerprint", cluster_fingerprint_);
  json.field("period_s", score.period_s);
  json.field("throughput_per_s", score.throughput_per_s(batch));
  json.field("latency_s", score.latency_s);
  json.field("energy_j", score.energy_j);
  json.field("energy_origin", energy_origin(setting_.devices));
  json.field("power_w", score.power_w(batch));
  json.field("bound", point.bound);
  json.field("gap", point.gap);
  json.field("proven", point.proven);
  json.field("solver", point.solver);
  json.field("any_bound", point.any_bound);
  json.key("stages").begin_array();
  for (std::size_t s = 0; s < point.plan.stages.size(); ++s)
    write_stage(json, setting_, point.plan.stages[s], score.stages[s], score.period_s);
  json.end_array();
  write_shared(json, setting_, score);
}

std::string PlanWriter::json(const FrontierPoint& point) const {
  JsonWriter json;
  json.begin_object();
  write(json, point);
  json.end_object();
  return json.text();
}

std::string PlanWriter::json(const FrontierPoint& point, const PlanExtras& extras) const {
  JsonWriter json;
  json.begin_object();
  write(json, point);
  write_extras(json, extras);
  json.end_object();
  return json.text();
}

}  // namespace cleave
