#include "space/group_outcome.hpp"

#include "base/json_view.hpp"
#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>

namespace cleave {
namespace {

// A sweep writes megabytes of this while it searches: text is appended, not formatted piece by piece.

void append(std::string& text, std::uint64_t number, int base = 10) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, base).ptr);
}

/// Its bits in hexadecimal, as IEEE 754 has them: written several times faster than the shortest decimal digits.
void append_figure(std::string& text, double figure) { append(text, std::bit_cast<std::uint64_t>(figure), 16); }

void append_run(std::string& text, std::size_t first, std::size_t last) {
  append(text, first);
  if (last != first) append(text += '-', last);
}

/// Numbers in a row, `3-7` where each is one more than the one before: most lists are of this kind, and text is read
/// many times faster than as many values of JSON.
template <class Numbers, class NumberOf>
void append_runs(std::string& text, const Numbers& numbers, const NumberOf& number_of) {
  for (auto first = numbers.begin(); first != numbers.end();) {
    auto last = first;
    while (std::next(last) != numbers.end() && number_of(*std::next(last)) == number_of(*last) + 1) ++last;
    if (first != numbers.begin()) text += ' ';
    append_run(text, number_of(*first), number_of(*last));
    first = std::next(last);
  }
}

void append_operators(std::string& text, const std::vector<OpId>& operators) {
  const std::size_t first = operators.front().value, last = operators.back().value;
  // They ascend, so that most stages need no look at each: they are out of the cache when a ledger is written.
  if (last - first + 1 == operators.size()) return append_run(text, first, last);
  append_runs(text, operators, [](OpId op) { return op.value; });
}

/// Mode, replicas and operators of each stage: "0 3 0-12;1 1 13-20".
void append_stages(std::string& text, const std::vector<Stage>& stages) {
  for (const Stage& stage : stages) {
    if (&stage != stages.data()) text += ';';
    append(text, stage.mode.value);
    append(text += ' ', static_cast<std::uint64_t>(stage.replicas));
    append_operators(text += ' ', stage.operators);
  }
}

/// Of a gap below which nothing is known.
constexpr double kOpen = 1;

/// Is it proven, by the solver at 0, and is nothing said over all plans? So it is of most.
bool is_plain(const FrontierPoint& point, std::size_t solver) {
  return point.proven && point.bound == point.score.energy_j && point.gap == 0 && point.any_bound == 0 &&
         point.any_gap == kOpen && solver == 0;
}

/// Figures in a row, without names, which would take longer to read than all the rest: period, energy, latency; where
/// it is not plain bound, gap, bound and gap over all plans, proven (0 or 1), position of the solver; then the stages.
void append_plan(std::string& text, const FrontierPoint& point, std::size_t solver) {
  const Score& score = point.score;
  append_figure(text, score.period_s);
  append_figure(text += ' ', score.energy_j);
  append_figure(text += ' ', score.latency_s);
  if (!is_plain(point, solver)) {
    for (const double figure : {point.bound, point.gap, point.any_bound, point.any_gap})
      append_figure(text += ' ', figure);
    text += point.proven ? " 1 " : " 0 ";
    append(text, solver);
  }
  append_stages(text += '|', point.plan.stages);
}

/// Of `name`, appended where it is new.
std::size_t position_in(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
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

/// What stands before the next `end`, which goes too; all of it where there is none.
std::string_view cut(std::string_view& text, char end) {
  const std::string_view first = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), first.size() + 1));
  return first;
}

/// The reverse of `append_runs`.
std::vector<std::size_t> numbers_of(std::string_view text, std::size_t below, const JsonView& view) {
  std::vector<std::size_t> numbers;
  while (!text.empty()) {
    const std::string_view run = cut(text, ' ');
    const std::size_t dash = run.find('-');
    const std::size_t first = number_of(run.substr(0, dash), below, view);
    const std::size_t last = dash == std::string_view::npos ? first : number_of(run.substr(dash + 1), below, view);
    if (last < first || last - first >= kMostNumbers - numbers.size())
      view.fail(fmt::format("has \"{}\"", run), "that is no run of positions");
    for (std::size_t number = first; number <= last; ++number) numbers.push_back(number);
  }
  return numbers;
}

constexpr SearchEvent kWritten[] = {SearchEvent::begun, SearchEvent::left, SearchEvent::quarantined};

std::string_view name_of(SearchEvent event) {
  switch (event) {
    case SearchEvent::found:
      return "found";
    case SearchEvent::begun:
      return "begun";
    case SearchEvent::left:
      return "left";
    case SearchEvent::quarantined:
      return "quarantined";
  }
  return "";
}

std::optional<SearchEvent> event_named(std::string_view name) {
  for (const SearchEvent event : kWritten)
    if (name_of(event) == name) return event;
  return std::nullopt;
}

SearchEvent event_of(const JsonView& view) {
  const std::string name = view.string();
  if (const auto event = event_named(name)) return *event;
  view.fail(fmt::format("is \"{}\"", name), "that is no event");
}

std::size_t index_in(const JsonView& view, std::size_t below) {
  const std::int64_t index = view.integer();
  if (index < 0 || static_cast<std::size_t>(index) >= below)
    view.fail(fmt::format("is {}", index), "it is no position");
  return static_cast<std::size_t>(index);
}

double figure_of(std::string_view text, const JsonView& view) {
  std::uint64_t bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(std::bit_cast<double>(bits)))
    view.fail(fmt::format("has \"{}\"", text), "those are no bits of a number");
  return std::bit_cast<double>(bits);
}

Stage stage_of(std::string_view text, const JsonView& view) {
  constexpr std::size_t any = 1'000'000'000;
  Stage stage;
  stage.mode = ModeId(number_of(cut(text, ' '), any, view));
  stage.replicas = static_cast<int>(number_of(cut(text, ' '), any, view));
  const std::vector<std::size_t> operators = numbers_of(text, any, view);
  if (operators.empty()) view.fail("has a stage without operators", "name one at least");
  if (!std::is_sorted(operators.begin(), operators.end(), std::less_equal<>()))
    view.fail("has a stage whose operators do not ascend", "name each once, in order");
  stage.operators.reserve(operators.size());
  for (const std::size_t op : operators) stage.operators.emplace_back(op);
  return stage;
}

/// The reverse of `append_plan`.
FrontierPoint point_of(std::string_view text, const std::vector<std::string>& solvers, const JsonView& view) {
  FrontierPoint point;
  Score& score = point.score;
  std::string_view figures = cut(text, '|');
  for (double* figure : {&score.period_s, &score.energy_j, &score.latency_s})
    *figure = figure_of(cut(figures, ' '), view);
  std::string_view solver = "0";
  point.bound = score.energy_j;
  point.any_gap = kOpen;
  point.proven = true;
  if (!figures.empty()) {
    for (double* figure : {&point.bound, &point.gap, &point.any_bound, &point.any_gap})
      *figure = figure_of(cut(figures, ' '), view);
    point.proven = number_of(cut(figures, ' '), 2, view) == 1;
    solver = figures;
  }
  point.solver = solvers[number_of(solver, solvers.size(), view)];
  point.plan.stages.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), ';')) + 1);
  do point.plan.stages.push_back(stage_of(cut(text, ';'), view));
  while (!text.empty());
  return point;
}

std::vector<FrontierPoint> points_of(std::string_view text, const std::vector<std::string>& solvers,
                                     const JsonView& view) {
  std::vector<FrontierPoint> points;
  while (!text.empty()) points.push_back(point_of(cut(text, '/'), solvers, view));
  return points;
}

}  // namespace

std::string line_of(std::size_t group, const GroupOutcome& outcome) {
  constexpr std::size_t unused = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place(outcome.plans.size(), unused);
  std::vector<std::string> solvers;
  std::string text =
      fmt::format(R"({{"group":{},"infeasible":[{}],"plans":")", group, fmt::join(outcome.infeasible, ","));
  std::size_t used = 0;
  for (const auto& frontier : outcome.frontiers)
    for (const std::size_t at : frontier) {
      if (place[at] != unused) continue;
      if (used > 0) text += '/';
      place[at] = used++;
      append_plan(text, outcome.plans[at], position_in(solvers, outcome.plans[at].solver));
    }
  text += R"(","frontiers":[)";
  for (const auto& frontier : outcome.frontiers) {
    append_runs(text += &frontier == outcome.frontiers.data() ? "\"" : ",\"", frontier,
                [&](std::size_t at) { return place[at]; });
    text += '"';
  }
  text += R"(],"solvers":[)";
  for (const std::string& solver : solvers) text += (&solver == solvers.data() ? "" : ",") + json_quoted(solver);
  return text + R"(],"reason":)" + json_quoted(outcome.reason) + "}";
}

std::string line_of(std::size_t group, SearchEvent event) {
  return fmt::format(R"({{"group":{},"event":"{}"}})", group, name_of(event));
}

std::optional<LedgerHead> head_of(std::string_view line) {
  constexpr std::string_view start = R"({"group":)", told = R"(,"event":")", end_of_any = "\"}";
  if (!line.starts_with(start) || !line.ends_with(end_of_any)) return std::nullopt;
  LedgerHead head;
  const auto [end, error] = std::from_chars(line.data() + start.size(), line.data() + line.size(), head.group);
  if (error != std::errc()) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.starts_with(told)) return head;
  line.remove_prefix(told.size());
  const auto event = event_named(cut(line, '"'));
  if (!event) return std::nullopt;
  head.event = *event;
  return head;
}

LedgerEntry entry_of(std::string_view line, const std::string& file) {
  const JsonView view = JsonView::parse(line, file);
  LedgerEntry entry{index_in(view.at("group"), 1'000'000'000), SearchEvent::found, {}};
  if (const auto event = view.find("event")) {
    entry.event = event_of(*event);
    return entry;
  }
  entry.outcome.reason = view.at("reason").string();
  std::vector<std::string> solvers;
  for (const JsonView& solver : view.at("solvers").elements()) solvers.push_back(solver.string());
  const JsonView plans = view.at("plans");
  entry.outcome.plans = points_of(plans.string(), solvers, plans);
  for (const JsonView& frontier : view.at("frontiers").elements())
    entry.outcome.frontiers.push_back(numbers_of(frontier.string(), entry.outcome.plans.size(), frontier));
  for (const JsonView& at : view.at("infeasible").elements())
    entry.outcome.infeasible.push_back(index_in(at, entry.outcome.frontiers.size()));
  return entry;
}

}  // namespace cleave
