#include "report/page_json.hpp"

#include "base/json_writer.hpp"
#include "devices/energy_origin.hpp"

#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cleave {
namespace {

constexpr std::size_t kNameWidth = 48;
constexpr std::size_t kEventsOfAStage = 3;  ///< receive, compute, send; of each batch

std::string shortened(const std::string& name) {
  if (name.size() <= kNameWidth) return name;
  std::size_t start = name.size() - (kNameWidth - 3);
  const auto inside_a_character = [&] { return (static_cast<unsigned char>(name[start]) & 0xC0) == 0x80; };
  while (start < name.size() && inside_a_character()) ++start;
  return "..." + name.substr(start);
}

void write_stage(JsonWriter& json, const CostTable& cost, const Stage& stage, const StageScore& score,
                 OperatorNames& names) {
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

/// The earliest ones, at most so many.
std::vector<TraceEvent> beginning(std::vector<TraceEvent> events, std::size_t most) {
  if (events.size() <= most) return events;
  std::stable_sort(events.begin(), events.end(),
                   [](const TraceEvent& a, const TraceEvent& b) { return a.start_s < b.start_s; });
  events.resize(most);
  return events;
}

void write_events(JsonWriter& json, const std::vector<TraceEvent>& events) {
  const std::map<std::string_view, int> kinds = {{"receive", 0}, {"compute", 1}, {"send", 2}};
  json.begin_array();
  for (const TraceEvent& event : events) {
    json.value(event.stage).value(event.replica).value(kinds.at(event.what)).value(event.batch);
    json.value(shown(event.start_s)).value(shown(event.end_s));
  }
  json.end_array();
}

}  // namespace

double shown(double number) {
  const std::string text = fmt::format("{:.6g}", number);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

/// Strings hold neither line breaks nor indentation, as JSON escapes their line breaks.
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

std::vector<std::size_t> evenly_chosen(std::size_t count, std::size_t fitting) {
  std::vector<std::size_t> positions;
  fitting = std::max<std::size_t>(2, fitting);
  for (std::size_t k = 0; k < std::min(count, fitting); ++k)
    positions.push_back(fitting >= count ? k : k * (count - 1) / (fitting - 1));
  return positions;
}

std::size_t OperatorNames::number(OpId op) {
  const auto [found, added] = numbers_.try_emplace(op, list_.size());
  if (added) list_.push_back(shortened(network_.operators[op].name));
  return found->second;
}

EventRoom event_room(std::size_t plans, std::size_t stages, std::size_t most) {
  constexpr std::size_t most_batches = 6;
  const std::size_t batches = most / (kEventsOfAStage * std::max<std::size_t>(1, stages));
  return {std::clamp<std::size_t>(batches, 1, most_batches), most / std::max<std::size_t>(1, plans)};
}

void write_plan(JsonWriter& json, const CostTable& cost, const Plan& plan, const Score& score, const EventRoom& room,
                OperatorNames& names) {
  json.field("period_s", shown(score.period_s)).field("latency_s", shown(score.latency_s));
  json.field("throughput_per_s", shown(score.throughput_per_s(cost.batch)));
  json.field("energy_j", shown(score.energy_j)).field("power_w", shown(score.power_w(cost.batch)));
  json.field("devices", score.devices_used);
  json.key("stages").begin_array();
  for (std::size_t s = 0; s < plan.stages.size(); ++s) write_stage(json, cost, plan.stages[s], score.stages[s], names);
  json.end_array();
  const Trace trace = simulate(cost, plan, room.batches);
  const std::size_t most = std::max(room.events, kEventsOfAStage * room.batches * plan.stages.size());
  if (trace.events.size() > most) json.field("events_in_all", trace.events.size());
  write_events(json.key("events"), beginning(trace.events, most));
}

void write_judgement(JsonWriter& json, const FrontierPoint& point) {
  json.field("bound_j", shown(point.score.energy_j > 0 ? point.bound : 0))
      .field("gap", shown(point.gap))
      .field("proven", point.proven);
  json.field("solver", point.solver).key("weight");
  if (point.weight)
    json.begin_array().value(shown(point.weight->lo)).value(shown(point.weight->hi)).end_array();
  else
    json.null();
}

void write_cluster(JsonWriter& json, const Cluster& cluster, const CostTable& cost) {
  json.begin_object().field("name", cluster.name).field("title", cluster.title);
  json.field("energy_origin", energy_origin(cluster)).key("classes").begin_array();
  for (const ClassId c : cluster.classes.ids()) {
    const DeviceClass& device = cluster.classes[c];
    json.begin_object().field("name", device.name).field("count", device.count);
    json.field("title", device.profile ? device.profile->title : std::string());
    json.field("memory_bytes", cost.classes[c].memory_bytes).end_object();
  }
  json.end_array().end_object();
}

void fill_in(std::string& page, std::string_view place, std::string_view text) {
  page.replace(page.find(place), place.size(), text);
}

}  // namespace cleave
