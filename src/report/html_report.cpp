#include "report/html_report.hpp"

#include "base/json_writer.hpp"
#include "report/page_json.hpp"

#include <algorithm>
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

/// Points and stages together.
std::size_t records_of(const Frontier& frontier) {
  std::size_t records = frontier.points.size();
  for (const FrontierPoint& point : frontier.points) records += point.plan.stages.size();
  return records;
}

/// Positions of the points to show: all, or as many as fit.
std::vector<std::size_t> points_to_show(const Frontier& frontier) {
  const std::size_t count = frontier.points.size();
  const std::size_t records = records_of(frontier);
  return evenly_chosen(count, records <= kMaxRecords ? count : count * kMaxRecords / records);
}

void write_point(JsonWriter& json, const ReportData& data, std::size_t index, const EventRoom& room,
                 OperatorNames& names) {
  const FrontierPoint& point = data.frontier.points[index];
  json.begin_object().field("index", index);
  write_plan(json, data.cost, point.plan, point.score, room, names);
  write_judgement(json, point);
  json.end_object();
}

void write_network(JsonWriter& json, const Network& network) {
  json.begin_object().field("name", network.name).field("operators", network.operators.size());
  json.field("macs", network.macs()).field("parameters", network.parameters()).end_object();
}

void write_plans(JsonWriter& json, const ReportData& data) {
  const std::vector<std::size_t> positions = points_to_show(data.frontier);
  std::size_t stages = 0;
  for (const std::size_t i : positions) stages += data.frontier.points[i].plan.stages.size();
  for (const Baseline& baseline : data.baselines) stages += baseline.plan.stages.size();
  const EventRoom room = event_room(positions.size() + data.baselines.size(), stages, kMaxEvents);

  OperatorNames names(data.network);
  json.key("points").begin_array();
  for (const std::size_t i : positions) write_point(json, data, i, room, names);
  json.end_array().key("baselines").begin_array();
  for (const Baseline& baseline : data.baselines) {
    json.begin_object().field("name", baseline.name);
    write_plan(json, data.cost, baseline.plan, baseline.score, room, names);
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
  json.field("timed", data.latency);
  json.field("total", data.frontier.points.size()).field("complete", data.frontier.complete);
  json.field("elapsed_s", shown(data.frontier.elapsed_s));
  write_plans(json, data);
  return compact(json.end_object().text());
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
