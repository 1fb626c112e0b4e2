#include "space/space_report.hpp"

#include "base/base64.hpp"
#include "base/json_writer.hpp"
#include "report/page_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace cleave {

// The files in report/page/, embedded at build time.
extern const std::string_view space_page;
extern const std::string_view report_style;
extern const std::string_view space_style;
extern const std::string_view space_script;

namespace {

// What keeps the page below 2 MiB: a plan or a stage takes some 250 bytes, an event some 30, a point 22, with
// latency 30.
constexpr std::size_t kMaxBytes = 2'000'000;
constexpr std::size_t kMaxRecords = 3000;
constexpr std::size_t kMaxEvents = 6000;
constexpr std::size_t kBytesPerPoint = 30;

/// A plan of some model's frontier.
struct Listed {
  std::size_t model;
  std::size_t index;
  const SpacePlan* plan;
};

std::vector<Listed> all_plans(const SpaceResult& result) {
  std::vector<Listed> all;
  for (std::size_t model = 0; model < result.frontiers.size(); ++model)
    for (std::size_t i = 0; i < result.frontiers[model].size(); ++i)
      all.push_back({model, i, &result.frontiers[model][i]});
  return all;
}

std::size_t stages_of(const std::vector<Listed>& plans) {
  std::size_t stages = 0;
  for (const Listed& one : plans) stages += one.plan->plan.plan.stages.size();
  return stages;
}

/// All, or as many as fit.
std::vector<std::size_t> plans_to_show(const std::vector<Listed>& all) {
  const std::size_t records = all.size() + stages_of(all);
  return evenly_chosen(all.size(), records <= kMaxRecords ? all.size() : all.size() * kMaxRecords / records);
}

void write_axes(JsonWriter& json, const DesignSpace& space) {
  json.begin_array();
  for (const Axis& axis : space.axes) {
    json.begin_object().field("name", axis.name).key("values").begin_array();
    for (const std::string& value : axis.values) json.value(value);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_states(JsonWriter& json, const SpaceResult& result) {
  std::map<PointState, std::size_t> counts;
  for (const PointOutcome& point : result.points) ++counts[point.state];
  json.begin_object();
  for (const auto& [state, count] : counts) json.field(name_of(state), count);
  json.end_object();
}

/// Clusters of plans, each once, and the names of operators that they mention, by model.
class Shared {
 public:
  explicit Shared(const SpaceReportData& data) : data_(data) { names_.resize(data.space.models.size()); }

  std::size_t cluster(std::size_t point) {
    const auto [found, added] = numbers_.try_emplace(data_.setting(point).cluster, clusters_.size());
    if (added) clusters_.push_back(point);
    return found->second;
  }
  OperatorNames& names(std::size_t model, std::size_t point) {
    if (!names_[model]) names_[model].emplace(data_.setting(point).network);
    return *names_[model];
  }
  void write(JsonWriter& json) const {
    json.key("clusters").begin_array();
    for (const std::size_t point : clusters_) {
      const Setting& setting = data_.setting(point);
      write_cluster(json, setting.devices, setting.cost);
    }
    json.end_array().key("names").begin_array();
    for (const auto& names : names_) {
      json.begin_array();
      if (names)
        for (const std::string& name : names->list()) json.value(name);
      json.end_array();
    }
    json.end_array();
  }

 private:
  const SpaceReportData& data_;
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::size_t> clusters_;  ///< a point that has it
  std::vector<std::optional<OperatorNames>> names_;
};

void write_plans(JsonWriter& json, const SpaceReportData& data) {
  const std::vector<Listed> all = all_plans(data.result);
  const EventRoom room = event_room(all.size(), stages_of(all), kMaxEvents);
  Shared shared(data);
  json.field("plans_in_all", all.size()).key("plans").begin_array();
  for (const std::size_t i : plans_to_show(all)) {
    const auto& [model, index, plan] = all[i];
    const Setting& setting = data.setting(plan->point);
    json.begin_object().field("index", i).field("model", model).field("point", plan->point);
    json.field("file", data.plan_file(model, index)).field("batch", setting.cost.batch);
    json.field("cluster", shared.cluster(plan->point));
    write_plan(json, setting.cost, plan->plan.plan, plan->plan.score, room, shared.names(model, plan->point));
    write_judgement(json, plan->plan);
    json.end_object();
  }
  json.end_array();
  shared.write(json);
}

/// Sixteen bits a number: its place between the least and the largest, in logarithms where all are above 0.
void write_column(JsonWriter& json, const std::string& name, const std::vector<double>& numbers) {
  const auto [least, largest] = std::minmax_element(numbers.begin(), numbers.end());
  const double low = shown(*least), high = std::max(low, shown(*largest));
  const bool logarithms = low > 0;
  std::vector<std::uint8_t> bytes;
  for (const double number : numbers) {
    double place = 0;
    if (high > low) place = logarithms ? std::log(number / low) / std::log(high / low) : (number - low) / (high - low);
    const auto whole = static_cast<std::uint16_t>(std::lround(65535 * std::clamp(place, 0.0, 1.0)));
    bytes.push_back(static_cast<std::uint8_t>(whole & 255U));
    bytes.push_back(static_cast<std::uint8_t>(whole >> 8U));
  }
  json.key(name).begin_object().field("low", low).field("high", high).field("log", logarithms);
  json.field("data", base64(bytes)).end_object();
}

void write_numbers(JsonWriter& json, const std::vector<std::size_t>& numbers) {
  std::vector<std::uint8_t> bytes;
  for (const std::size_t number : numbers)
    for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(number >> shift & 255U));
  json.field("numbers", base64(bytes));
}

/// Of each of some points the plan that has the least of one figure.
void write_best(JsonWriter& json, const SpaceResult& result, const std::vector<std::size_t>& numbers,
                double DesignFigures::*figure) {
  std::vector<DesignFigures> best;
  for (const std::size_t number : numbers) {
    const auto& frontier = result.points[number].frontier;
    best.push_back(
        *std::min_element(frontier.begin(), frontier.end(),
                          [figure](const DesignFigures& a, const DesignFigures& b) { return a.*figure < b.*figure; }));
  }
  json.begin_object();
  for (const auto& [name, column] :
       {std::pair("period_s", &DesignFigures::period_s), std::pair("energy_j", &DesignFigures::energy_j),
        std::pair("latency_s", &DesignFigures::latency_s)}) {
    std::vector<double> values;
    for (const DesignFigures& figures : best) values.push_back(figures.*column);
    write_column(json, name, values);
  }
  json.end_object();
}

/// Points that have plans: of each its fastest plan, the one of least energy and, where it is an objective, the one of
/// least latency.
void write_points(JsonWriter& json, const SpaceResult& result, std::size_t room) {
  std::vector<std::size_t> with_plans;
  for (std::size_t i = 0; i < result.points.size(); ++i)
    if (!result.points[i].frontier.empty()) with_plans.push_back(i);
  std::vector<std::size_t> numbers;
  for (const std::size_t at : evenly_chosen(with_plans.size(), room)) numbers.push_back(with_plans[at]);
  json.begin_object().field("of", result.points.size()).field("with_plans", with_plans.size());
  json.field("shown", numbers.size());
  if (!numbers.empty()) {
    write_numbers(json, numbers);
    write_best(json.key("fastest"), result, numbers, &DesignFigures::period_s);
    write_best(json.key("frugal"), result, numbers, &DesignFigures::energy_j);
    if (result.objectives.latency) write_best(json.key("quickest"), result, numbers, &DesignFigures::latency_s);
  }
  json.end_object();
}

std::string plans_json(const SpaceReportData& data) {
  JsonWriter json;
  json.begin_object().field("title", data.title).field("cluster", data.space.cluster);
  json.field("batch", data.space.batch);
  json.key("models").begin_array();
  for (const std::string& model : data.space.models) json.value(model);
  json.end_array();
  write_axes(json.key("axes"), data.space);
  write_states(json.key("states"), data.result);
  json.field("searches", data.result.searches).field("complete", data.result.complete);
  json.field("limited", data.result.limited).field("timed", data.result.objectives.latency);
  json.field("elapsed_s", shown(data.result.elapsed_s));
  write_plans(json, data);
  return compact(json.end_object().text());
}

std::string points_json(const SpaceResult& result, std::size_t room) {
  JsonWriter json;
  write_points(json, result, room);
  return compact(json.text());
}

}  // namespace

std::string render_space_report(const SpaceReportData& data) {
  std::string page(space_page);
  fill_in(page, "@STYLE@", report_style);
  fill_in(page, "@SPACE_STYLE@", space_style);
  fill_in(page, "@SCRIPT@", space_script);
  fill_in(page, "@DATA@", plans_json(data));
  const std::size_t left = kMaxBytes - std::min(kMaxBytes, page.size());
  fill_in(page, "@POINTS@", points_json(data.result, left / kBytesPerPoint));
  return page;
}

}  // namespace cleave
