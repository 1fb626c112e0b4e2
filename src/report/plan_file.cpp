#include "report/plan_file.hpp"

#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "devices/energy_origin.hpp"
#include "report/fingerprint.hpp"
#include "report/reference.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace cleave {
namespace {

namespace fs = std::filesystem;

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

/// What finds plans.
std::string read_solver(const JsonView& view) {
  static constexpr std::array<std::string_view, 8> known = {"exact", "baseline", "chain", "lattice",
                                                            "beam",  "local",    "ilp",   "joint"};
  if (std::ranges::find(known, view.string()) == known.end())
    view.fail(fmt::format("is \"{}\"", view.string()), fmt::format("it must be one of {}", fmt::join(known, ", ")));
  return view.string();
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
  // The file has one figure for all joules of the stage, which its parts add up to.
  score.dynamic_j = view.at("energy_j").non_negative() * static_cast<double>(setting.cost.batch);
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
  // Measured tables have a batch of their own, whatever a plan asks for.
  if (const std::int64_t claimed = view.at("batch").integer(); claimed != batch)
    found.push_back(fmt::format("batch is {}, the costs of the model are those of {}", claimed, batch));
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

/// What the plan in `folder` is of.
Setting read_setting_of(const JsonView& view, const fs::path& folder, std::int64_t batch) {
  const std::string model = seen_here(folder, view.at("model").file_name());
  const std::string cluster = seen_here(folder, view.at("cluster").file_name());
  try {
    return read_setting(model, cluster, batch);
  } catch (const UsageError& error) {  // of names, which here are a file's
    view.fail(fmt::format("names what is not there ({})", error.what()), "plan again, or restore that");
  }
}

void require_same(const JsonView& claimed, const std::string& found, const char* what) {
  if (claimed.string() == found) return;
  claimed.fail(fmt::format("the {} has changed since this plan was made", what),
               fmt::format("plan again, or restore that {}", what));
}

}  // namespace

Setting make_setting(std::string model, std::string cluster, Network network, Cluster devices) {
  for (const std::string& file : {model, cluster})
    if (!is_utf8(file)) throw InputError(file, "", "has a name that is not UTF-8, as plan files are", "rename it");
  Setting setting{std::move(model), std::move(cluster), std::move(network), std::move(devices), {}};
  setting.cost = make_cost_table(setting.network, setting.devices);
  return setting;
}

PlanNames names_in(const Setting& setting) {
  PlanNames names;
  for (const Operator& op : setting.network.operators) names.operators.push_back(op.name);
  for (const DeviceClass& device : setting.devices.classes) names.classes.push_back(device.name);
  for (const SharedLink& link : setting.devices.shared_links) names.shared_links.push_back(link.name);
  return names;
}

Setting read_setting(const std::string& model, const std::string& cluster, std::int64_t batch) {
  return make_setting(model, cluster, read_network(model, {.batch = batch}), read_cluster(cluster));
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
  point.solver = read_solver(view.at("solver"));
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
  return parse_plan(view, read_setting_of(view, path.parent_path(), batch));
}

}  // namespace cleave
