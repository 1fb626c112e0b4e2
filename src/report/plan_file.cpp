#include "report/plan_file.hpp"

#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "devices/energy_origin.hpp"
#include "report/fingerprint.hpp"

#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

namespace cleave {
namespace {

namespace fs = std::filesystem;

/// Shipped names and zoo names are words; anything else is a path. A cluster may have changes after a '?'.
bool is_path(const std::string& reference) {
  const std::string name = reference.substr(0, reference.find('?'));
  return !name.starts_with("zoo:") && (name.find('/') != std::string::npos || fs::path(name).has_extension());
}

/// Absolute, without "." and "..". The empty path is the current folder.
fs::path resolved(const fs::path& path) {
  return (path.empty() ? fs::current_path() : fs::absolute(path)).lexically_normal();
}

/// How a file in `folder` refers to `name`, which is relative to the current folder.
std::string seen_from(const fs::path& folder, const std::string& name) {
  if (!is_path(name) || fs::path(name).is_absolute()) return name;
  const std::string relative = resolved(name).lexically_relative(resolved(folder)).generic_string();
  return relative.find('/') == std::string::npos ? "./" + relative : relative;
}

/// The reverse: `name` as found in a file in `folder`.
std::string seen_here(const fs::path& folder, const std::string& name) {
  if (!is_path(name) || fs::path(name).is_absolute()) return name;
  return (folder / name).lexically_normal().generic_string();
}

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

// --- reading

ModeId read_mode(const JsonView& stage, const Setting& setting) {
  const JsonView device = stage.at("device");
  const JsonView precision = stage.at("precision");
  std::vector<std::string> names;
  for (const ModeId mode : setting.cost.modes.ids()) {
    const std::string& name = setting.devices.classes[setting.cost.modes[mode].device_class].name;
    if (name == device.string() && name_of(setting.cost.modes[mode].precision) == precision.string()) return mode;
    names.push_back(fmt::format("{} at {}", name, name_of(setting.cost.modes[mode].precision)));
  }
  const std::string wanted = device.string() + " at " + precision.string();
  device.fail(fmt::format("the cluster has no device \"{}\"", wanted),
              fmt::format("did you mean \"{}\"?", nearest(wanted, names)));
}

std::vector<OpId> read_operators(const JsonView& list, const std::unordered_map<std::string, OpId>& by_name) {
  std::vector<OpId> operators;
  for (const JsonView& item : list.elements()) {
    const auto found = by_name.find(item.string());
    if (found == by_name.end())
      item.fail(fmt::format("the model has no operator \"{}\"", item.string()), "plan this model again");
    operators.push_back(found->second);
  }
  std::sort(operators.begin(), operators.end());
  return operators;
}

/// More replicas than the class has devices is for `check` to say.
int read_replicas(const JsonView& view) {
  constexpr std::int64_t most = 1'000'000;
  const std::int64_t replicas = view.integer();
  if (replicas < 1 || replicas > most) view.fail(fmt::format("is {}", replicas), fmt::format("give 1 to {}", most));
  return static_cast<int>(replicas);
}

void read_stage(const JsonView& view, const Setting& setting, const std::unordered_map<std::string, OpId>& by_name,
                FrontierPoint& point) {
  view.allow_only({"device", "replicas", "precision", "operators", "load_s", "compute_s", "receive_s", "send_s",
                   "energy_j", "memory_bytes"});
  Stage stage{read_mode(view, setting), read_replicas(view.at("replicas")),
              read_operators(view.at("operators"), by_name)};
  StageScore score;
  score.load_s = view.at("load_s").non_negative();
  score.compute_s = view.at("compute_s").non_negative();
  score.receive_s = view.at("receive_s").non_negative();
  score.send_s = view.at("send_s").non_negative();
  score.memory_bytes = view.at("memory_bytes").non_negative();
  point.score.devices_used += stage.replicas;
  point.plan.stages.push_back(std::move(stage));
  point.score.stages.push_back(score);
}

/// As many as the cluster has, in its order; that they are all there is for `check` to say.
void read_shared_links(const JsonView& list, const Setting& setting, Score& score) {
  const auto& links = setting.devices.shared_links;
  for (const JsonView& view : list.elements()) {
    view.allow_only({"name", "load_s"});
    const std::size_t at = score.shared_s.size();
    const std::string expected = at < links.size() ? links[at].name : "";
    if (view.at("name").string() != expected)
      view.at("name").fail(fmt::format("is \"{}\"", view.at("name").string()),
                           at < links.size() ? fmt::format("the cluster's next shared link is \"{}\"", expected)
                                             : "the cluster has no more shared links");
    score.shared_s.push_back(view.at("load_s").non_negative());
  }
}

bool same(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

/// What the file derives from its own score must follow from it.
std::vector<std::string> contradictions(const JsonView& view, const PlanFile& plan) {
  const FrontierPoint& point = plan.point;
  const std::int64_t batch = plan.setting.cost.batch;
  std::vector<std::string> found;
  const auto require = [&](const char* key, double expected) {
    const double claimed = view.at(key).number();
    if (!same(claimed, expected))
      found.push_back(
          fmt::format("{} is {}, the other figures give {}", key, round_trip(claimed), round_trip(expected)));
  };
  require("throughput_per_s", point.score.throughput_per_s(batch));
  require("power_w", point.score.power_w(batch));
  // Where there are no joules the bound is that of the period.
  const double bounded = point.score.energy_j > 0 ? point.score.energy_j : point.score.period_s;
  const bool any = point.score.energy_j > 0 || point.bound > 0;
  if (any) require("gap", bounded > 0 ? (bounded - point.bound) / bounded : 0);
  if (point.proven && point.gap != 0)
    found.push_back(fmt::format("a proven plan has no gap, this one claims {}", round_trip(point.gap)));
  if (point.bound > bounded * (1 + 1e-9))
    found.push_back(fmt::format("the bound lies above the {}", point.score.energy_j > 0 ? "energy" : "period"));
  const auto origin = view.find("energy_origin");
  if (origin && origin->string() != energy_origin(plan.setting.devices))
    found.push_back(
        fmt::format("its energy is {}, the plan claims {}", energy_origin(plan.setting.devices), origin->string()));
  if (point.any_bound > bounded * (1 + 1e-9))
    found.push_back(
        fmt::format("the bound of all plans lies above the {}", point.score.energy_j > 0 ? "energy" : "period"));
  double stages_j = 0;
  for (const JsonView& stage : view.at("stages").elements()) stages_j += stage.at("energy_j").number();
  if (!same(stages_j, point.score.energy_j))
    found.push_back(fmt::format("the stages take {} J together, the plan claims {} J", round_trip(stages_j),
                                round_trip(point.score.energy_j)));
  return found;
}

void require_same(const JsonView& claimed, const std::string& found, const char* what) {
  if (claimed.string() == found) return;
  claimed.fail(fmt::format("the {} has changed since this plan was made", what),
               fmt::format("plan again, or restore that {}", what));
}

}  // namespace

Setting read_setting(const std::string& model, const std::string& cluster, std::int64_t batch) {
  Setting setting{model, cluster, read_network(model, {.batch = batch}), read_cluster(cluster), {}};
  setting.cost = make_cost_table(setting.network, setting.devices);
  return setting;
}

PlanWriter::PlanWriter(const Setting& setting, const fs::path& folder)
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

PlanFile parse_plan(const JsonView& view, Setting setting) {
  PlanFile plan{std::move(setting), {}};
  require_same(view.at("model_fingerprint"), fingerprint(plan.setting.network), "model");
  require_same(view.at("cluster_fingerprint"), fingerprint(plan.setting.devices), "cluster");
  FrontierPoint& point = plan.point;
  point.score.period_s = view.at("period_s").positive();
  point.score.latency_s = view.at("latency_s").positive();
  point.score.energy_j = view.at("energy_j").non_negative();
  point.bound = view.at("bound").non_negative();
  point.gap = view.at("gap").non_negative();
  point.proven = view.at("proven").boolean();
  point.solver = view.at("solver").string();
  if (const auto any_bound = view.find("any_bound")) point.any_bound = any_bound->non_negative();
  std::unordered_map<std::string, OpId> by_name;
  for (const OpId op : plan.setting.network.operators.ids())
    by_name.emplace(plan.setting.network.operators[op].name, op);
  for (const JsonView& stage : view.at("stages").elements()) read_stage(stage, plan.setting, by_name, point);
  if (const auto shared = view.find("shared_links")) read_shared_links(*shared, plan.setting, point.score);
  plan.contradictions = contradictions(view, plan);
  return plan;
}

PlanFile read_plan(const fs::path& path) {
  const JsonView view = JsonView::read(path.string());
  view.require_schema("plan");
  view.allow_only({"model",
                   "cluster",
                   "batch",
                   "model_fingerprint",
                   "cluster_fingerprint",
                   "period_s",
                   "throughput_per_s",
                   "latency_s",
                   "energy_j",
                   "energy_origin",
                   "power_w",
                   "bound",
                   "gap",
                   "proven",
                   "solver",
                   "any_bound",
                   "stages",
                   "shared_links",
                   "elapsed_s",
                   "baselines"});
  const std::int64_t batch = view.at("batch").integer();
  if (batch < 1) view.at("batch").fail(fmt::format("is {}", batch), "it must be at least 1");
  return parse_plan(view, read_setting(seen_here(path.parent_path(), view.at("model").string()),
                                       seen_here(path.parent_path(), view.at("cluster").string()), batch));
}

}  // namespace cleave
