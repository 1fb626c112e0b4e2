#include "report/html_report.hpp"

#include "base/json_writer.hpp"

#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

namespace cleave {

// The files in page/, embedded at build time.
extern const std::string_view report_page;
extern const std::string_view report_style;
extern const std::string_view report_script;

namespace {

// What keeps the page below 2 MiB: a point or a stage takes some 250 bytes, an event some 30.
constexpr std::size_t kMaxRecords = 4000;
constexpr std::size_t kMaxEvents = 20'000;
constexpr std::size_t kMaxBatches = 6;
constexpr std::size_t kNameWidth = 48;

/// Six digits are more than a page can show, and half the size.
double shown(double number) {
  const std::string text = fmt::format("{:.6g}", number);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

/// Without the line breaks and indentation that JsonWriter adds; strings hold neither, as JSON
/// escapes their line breaks.
std::string compact(const std::string& json) {
  std::string out;
  bool at_line_start = false;
  for (const char c : json) {
    if (c == '\n') at_line_start = true;
    if (c == '\n' || (at_line_start && c == ' ')) continue;
    at_line_start = false;
    out += c;
  }
  return out;
}

/// Points and stages together.
std::size_t records_of(const Frontier& frontier) {
  std::size_t records = frontier.points.size();
  for (const FrontierPoint& point : frontier.points) records += point.plan.stages.size();
  return records;
}

/// Positions of the points to show: all, or as many as fit, evenly spread with both ends.
std::vector<std::size_t> points_to_show(const Frontier& frontier) {
  const std::size_t count = frontier.points.size();
  const std::size_t records = records_of(frontier);
  const std::size_t fitting = records <= kMaxRecords ? count : std::max<std::size_t>(2, count * kMaxRecords / records);
  std::vector<std::size_t> positions;
  for (std::size_t k = 0; k < std::min(count, fitting); ++k)
    positions.push_back(fitting >= count ? k : k * (count - 1) / (fitting - 1));
  return positions;
}

/// The end of a long name: beginnings are often the same all over a network.
std::string shortened(const std::string& name) {
  if (name.size() <= kNameWidth) return name;
  std::size_t start = name.size() - (kNameWidth - 3);
  const auto inside_a_character = [&] { return (static_cast<unsigned char>(name[start]) & 0xC0) == 0x80; };
  while (start < name.size() && inside_a_character()) ++start;
  return "..." + name.substr(start);
}

/// Operators are named once and referred to by number.
class Names {
 public:
  explicit Names(const Network& network) : network_(network) {}
  std::size_t number(OpId op) {
    const auto [found, added] = numbers_.try_emplace(op, list_.size());
    if (added) list_.push_back(shortened(network_.operators[op].name));
    return found->second;
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  const Network& network_;
  std::map<OpId, std::size_t> numbers_;
  std::vector<std::string> list_;
};

void write_stage(JsonWriter& json, const CostTable& cost, const Stage& stage, const StageScore& score, Names& names) {
  const ModeCost& mode = cost.modes[stage.mode];
  json.begin_object();
  json.field("class", mode.device_class.at()).field("precision", name_of(mode.precision));
  json.field("replicas", stage.replicas).field("operators", stage.operators.size());
  if (!stage.operators.empty())
    json.field("first", names.number(stage.operators.front())).field("last", names.number(stage.operators.back()));
  json.field("compute_s", shown(score.compute_s)).field("receive_s", shown(score.receive_s));
  json.field("send_s", shown(score.send_s)).field("load_s", shown(score.load_s));
  json.field("dynamic_j", shown(score.dynamic_j)).field("transfer_j", shown(score.transfer_j));
  json.field("idle_w", shown(score.idle_w)).field("memory_bytes", shown(score.memory_bytes));
  json.end_object();
}

/// Six numbers per event: stage, replica, what, batch, start and end.
void write_events(JsonWriter& json, const Trace& trace) {
  const std::map<std::string_view, int> kinds = {{"receive", 0}, {"compute", 1}, {"send", 2}};
  json.begin_array();
  for (const TraceEvent& event : trace.events) {
    json.value(event.stage).value(event.replica).value(kinds.at(event.what)).value(event.batch);
    json.value(shown(event.start_s)).value(shown(event.end_s));
  }
  json.end_array();
}

/// The fields that points and baselines share.
void write_plan(JsonWriter& json, const CostTable& cost, const Plan& plan, const Score& score, std::size_t batches,
                Names& names) {
  json.field("period_s", shown(score.period_s)).field("latency_s", shown(score.latency_s));
  json.field("throughput_per_s", shown(score.throughput_per_s(cost.batch)));
  json.field("energy_j", shown(score.energy_j)).field("power_w", shown(score.power_w(cost.batch)));
  json.field("devices", score.devices_used);
  json.key("stages").begin_array();
  for (std::size_t s = 0; s < plan.stages.size(); ++s) write_stage(json, cost, plan.stages[s], score.stages[s], names);
  json.end_array();
  write_events(json.key("events"), simulate(cost, plan, batches));
}

void write_point(JsonWriter& json, const ReportData& data, std::size_t index, std::size_t batches, Names& names) {
  const FrontierPoint& point = data.frontier.points[index];
  json.begin_object().field("index", index);
  write_plan(json, data.cost, point.plan, point.score, batches, names);
  json.field("bound_j", shown(point.score.energy_j > 0 ? point.bound : 0))
      .field("gap", shown(point.gap))
      .field("proven", point.proven);
  json.field("solver", point.solver).key("weight");
  if (point.weight)
    json.begin_array().value(shown(point.weight->lo)).value(shown(point.weight->hi)).end_array();
  else
    json.null();
  json.end_object();
}

void write_network(JsonWriter& json, const Network& network) {
  json.begin_object().field("name", network.name).field("operators", network.operators.size());
  json.field("macs", network.macs()).field("parameters", network.parameters()).end_object();
}

void write_cluster(JsonWriter& json, const Cluster& cluster, const CostTable& cost) {
  json.begin_object().field("name", cluster.name).field("title", cluster.title).key("classes").begin_array();
  for (const ClassId c : cluster.classes.ids()) {
    const DeviceClass& device = cluster.classes[c];
    json.begin_object().field("name", device.name).field("count", device.count);
    json.field("title", device.profile ? device.profile->title : std::string());
    json.field("memory_bytes", cost.classes[c].memory_bytes).end_object();
  }
  json.end_array().end_object();
}

void write_plans(JsonWriter& json, const ReportData& data) {
  const std::vector<std::size_t> positions = points_to_show(data.frontier);
  std::size_t stages = 0;
  for (const std::size_t i : positions) stages += data.frontier.points[i].plan.stages.size();
  for (const Baseline& baseline : data.baselines) stages += baseline.plan.stages.size();
  const std::size_t batches =
      std::clamp<std::size_t>(kMaxEvents / (3 * std::max<std::size_t>(1, stages)), 1, kMaxBatches);

  Names names(data.network);
  json.key("points").begin_array();
  for (const std::size_t i : positions) write_point(json, data, i, batches, names);
  json.end_array().key("baselines").begin_array();
  for (const Baseline& baseline : data.baselines) {
    json.begin_object().field("name", baseline.name);
    write_plan(json, data.cost, baseline.plan, baseline.score, batches, names);
    json.end_object();
  }
  json.end_array().key("names").begin_array();
  for (const std::string& name : names.list()) json.value(name);
  json.end_array();
}

std::string report_json(const ReportData& data) {
  JsonWriter json;
  json.begin_object().field("title", data.title).field("batch", data.cost.batch);
  write_network(json.key("network"), data.network);
  write_cluster(json.key("cluster"), data.cluster, data.cost);
  json.field("total", data.frontier.points.size()).field("complete", data.frontier.complete);
  json.field("elapsed_s", shown(data.frontier.elapsed_s));
  write_plans(json, data);
  return compact(json.end_object().text());
}

void fill_in(std::string& page, std::string_view place, std::string_view text) {
  page.replace(page.find(place), place.size(), text);
}

}  // namespace

std::string render_report(const ReportData& data) {
  std::string page(report_page);
  fill_in(page, "@STYLE@", report_style);
  fill_in(page, "@SCRIPT@", report_script);
  fill_in(page, "@DATA@", report_json(data));
  return page;
}

}  // namespace cleave
