#include "space/group_outcome.hpp"

#include "base/json_view.hpp"
#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace cleave {
namespace {

// A sweep writes megabytes of this while it searches: text is appended, not formatted piece by piece.

template <class Number>
void append(std::string& text, Number number) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

/// Numbers in a row, `3-7` where each is one more than the one before: most lists are of this kind, and text is read
/// many times faster than as many values of JSON.
template <class Numbers, class NumberOf>
void append_runs(std::string& text, const Numbers& numbers, const NumberOf& number_of) {
  for (auto first = numbers.begin(); first != numbers.end();) {
    auto last = first;
    while (std::next(last) != numbers.end() && number_of(*std::next(last)) == number_of(*last) + 1) ++last;
    if (first != numbers.begin()) text += ' ';
    append(text, number_of(*first));
    if (last != first) append(text += '-', number_of(*last));
    first = std::next(last);
  }
}

/// Mode, replicas and operators of each stage: "0 3 0-12;1 1 13-20".
void append_stages(std::string& text, const std::vector<Stage>& stages) {
  for (const Stage& stage : stages) {
    if (&stage != stages.data()) text += ';';
    append(text, stage.mode.value);
    append(text += ' ', stage.replicas);
    append_runs(text += ' ', stage.operators, [](OpId op) { return op.value; });
  }
}

/// A list, as names in each of them take longer to read than all the rest: stages, bound, gap, proven (0 or 1), bound
/// and gap over all plans, solver.
void append_plan(std::string& text, const FrontierPoint& point) {
  append_stages(text += R"([")", point.plan.stages);
  append(text += R"(",)", point.bound);
  append(text += ',', point.gap);
  text += point.proven ? ",1," : ",0,";
  append(text, point.any_bound);
  append(text += ',', point.any_gap);
  text += ',' + json_quoted(point.solver) + ']';
}

/// More numbers than a list of a ledger has: what is torn must not fill the memory.
constexpr std::size_t kMostNumbers = 1'000'000;

std::size_t number_of(std::string_view text, std::size_t below, const JsonView& view) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number >= below)
    view.fail(fmt::format("has \"{}\"", text), "that is no position");
  return number;
}

/// The reverse of `append_runs`.
std::vector<std::size_t> numbers_of(std::string_view text, std::size_t below, const JsonView& view) {
  std::vector<std::size_t> numbers;
  while (!text.empty()) {
    const std::string_view run = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), run.size() + 1));
    const std::size_t dash = run.find('-');
    const std::size_t first = number_of(run.substr(0, dash), below, view);
    const std::size_t last = dash == std::string_view::npos ? first : number_of(run.substr(dash + 1), below, view);
    if (last < first || last - first >= kMostNumbers - numbers.size())
      view.fail(fmt::format("has \"{}\"", run), "that is no run of positions");
    for (std::size_t number = first; number <= last; ++number) numbers.push_back(number);
  }
  return numbers;
}

std::size_t index_in(const JsonView& view, std::size_t below) {
  const std::int64_t index = view.integer();
  if (index < 0 || static_cast<std::size_t>(index) >= below)
    view.fail(fmt::format("is {}", index), "it is no position");
  return static_cast<std::size_t>(index);
}

Stage stage_of(std::string_view text, const JsonView& view) {
  const std::size_t mode = text.find(' ');
  const std::size_t replicas = mode == std::string_view::npos ? mode : text.find(' ', mode + 1);
  if (replicas == std::string_view::npos) view.fail("has no stage", "give mode, replicas and operators");
  constexpr std::size_t any = 1'000'000'000;
  Stage stage{ModeId(number_of(text.substr(0, mode), any, view)),
              static_cast<int>(number_of(text.substr(mode + 1, replicas - mode - 1), any, view)),
              {}};
  for (const std::size_t op : numbers_of(text.substr(replicas + 1), any, view)) stage.operators.emplace_back(op);
  return stage;
}

std::vector<Stage> stages_of(const JsonView& view) {
  const std::string all = view.string();
  std::vector<Stage> stages;
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(';'));
    stages.push_back(stage_of(one, view));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
  }
  return stages;
}

FrontierPoint point_of(const JsonView& view) {
  const std::vector<JsonView> values = view.elements();
  constexpr std::size_t count = 7;
  if (values.size() != count) view.fail(fmt::format("has {} values", values.size()), fmt::format("give {}", count));
  FrontierPoint point;
  point.plan.stages = stages_of(values[0]);
  point.bound = values[1].number();
  point.gap = values[2].number();
  point.proven = index_in(values[3], 2) == 1;
  point.any_bound = values[4].number();
  point.any_gap = values[5].number();
  point.solver = values[6].string();
  return point;
}

}  // namespace

std::string line_of(std::size_t group, const GroupOutcome& outcome) {
  constexpr std::size_t unused = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place(outcome.plans.size(), unused);
  std::string plans;
  std::string text = fmt::format(R"({{"group":{},"reason":{},"infeasible":[{}],"frontiers":[)", group,
                                 json_quoted(outcome.reason), fmt::join(outcome.infeasible, ","));
  std::size_t used = 0;
  for (const auto& frontier : outcome.frontiers) {
    for (const std::size_t at : frontier) {
      if (place[at] != unused) continue;
      place[at] = used++;
      append_plan(plans += plans.empty() ? "" : ",", outcome.plans[at]);
    }
    append_runs(text += &frontier == outcome.frontiers.data() ? "\"" : ",\"", frontier,
                [&](std::size_t at) { return place[at]; });
    text += '"';
  }
  return text + R"(],"plans":[)" + plans + "]}";
}

LedgerEntry entry_of(std::string_view line, const std::string& file) {
  const JsonView view = JsonView::parse(line, file);
  LedgerEntry entry{index_in(view.at("group"), 1'000'000'000), {}};
  entry.outcome.reason = view.at("reason").string();
  for (const JsonView& plan : view.at("plans").elements()) entry.outcome.plans.push_back(point_of(plan));
  for (const JsonView& frontier : view.at("frontiers").elements())
    entry.outcome.frontiers.push_back(numbers_of(frontier.string(), entry.outcome.plans.size(), frontier));
  for (const JsonView& at : view.at("infeasible").elements())
    entry.outcome.infeasible.push_back(index_in(at, entry.outcome.frontiers.size()));
  return entry;
}

}  // namespace cleave
