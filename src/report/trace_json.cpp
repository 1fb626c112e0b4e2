#include "report/trace_json.hpp"

#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <map>

namespace cleave {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

int lane(const std::string& what) {
  if (what == "receive" || what == "wait for input") return 0;
  return what == "compute" ? 1 : 2;
}
int thread(const TraceEvent& event) { return 3 * event.replica + lane(event.what); }

void write_name(JsonWriter& json, const char* of, std::size_t process, int thread, const std::string& name) {
  json.begin_object().field("ph", "M").field("name", of).field("pid", process).field("tid", thread);
  json.key("args").begin_object().field("name", name).end_object().end_object();
}

void write_names(JsonWriter& json, const Trace& trace, const std::vector<std::string>& labels) {
  for (std::size_t s = 0; s < labels.size(); ++s) write_name(json, "process_name", s, 0, labels[s]);
  std::map<std::pair<std::size_t, int>, std::string> threads;
  for (const TraceEvent& event : trace.events)
    threads[{event.stage, thread(event)}] = fmt::format("replica {} {}", event.replica, event.what);
  for (const auto& [where, name] : threads) write_name(json, "thread_name", where.first, where.second, name);
}

/// Null where nobody measured it.
void write_known(JsonWriter& json, const char* key, double seconds) {
  json.key(key);
  seconds > 0 ? json.value(seconds) : json.null();
}

void write_event(JsonWriter& json, const TraceEvent& event) {
  json.begin_object().field("ph", "X").field("name", fmt::format("batch {}", event.batch)).field("cat", event.what);
  json.field("pid", event.stage).field("tid", thread(event));
  json.field("ts", event.start_s * kMicrosecondsPerSecond);
  json.field("dur", (event.end_s - event.start_s) * kMicrosecondsPerSecond);
  json.key("args").begin_object().field("batch", event.batch).end_object().end_object();
}

}  // namespace

std::vector<std::string> stage_labels(const Cluster& cluster, const CostTable& cost, const Plan& plan) {
  std::vector<std::string> labels;
  for (const Stage& stage : plan.stages) {
    const ModeCost& mode = cost.modes[stage.mode];
    labels.push_back(
        fmt::format("{}: {} {}", labels.size(), cluster.classes[mode.device_class].name, name_of(mode.precision)));
  }
  return labels;
}

std::string trace_json(const Trace& trace, const std::vector<std::string>& stage_labels, const std::stop_token& stop) {
  JsonWriter json;
  json.begin_object().field("displayTimeUnit", "ms");
  json.key("otherData").begin_object();
  write_known(json, "period_s", trace.period_s);
  write_known(json, "latency_s", trace.latency_s);
  json.end_object();
  json.key("traceEvents").begin_array();
  write_names(json, trace, stage_labels);
  for (const TraceEvent& event : trace.events) {
    if (stop.stop_requested()) return "";
    write_event(json, event);
  }
  return json.end_array().end_object().text();
}

}  // namespace cleave
