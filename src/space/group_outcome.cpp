#include "space/group_outcome.hpp"

#include "base/json_view.hpp"
#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace cleave {
namespace {

/// Numbers in a row, `3-7` where each is one more than the one before: most lists are of this kind, and text is read
/// many times faster than as many values of JSON.
template <class Numbers>
std::string runs_of(const Numbers& numbers) {
  std::string text;
  for (auto first = numbers.begin(); first != numbers.end();) {
    auto last = first;
    while (std::next(last) != numbers.end() && *std::next(last) == *last + 1) ++last;
    if (!text.empty()) text += ' ';
    text += fmt::to_string(*first);
    if (last != first) text += fmt::format("-{}", *last);
    first = std::next(last);
  }
  return text;
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

/// The reverse of `runs_of`.
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

/// Mode, replicas and operators: "0 3 0-12".
std::string text_of(const Stage& stage) {
  std::vector<std::uint32_t> operators;
  for (const OpId op : stage.operators) operators.push_back(op.value);
  return fmt::format("\"{} {} {}\"", stage.mode.value, stage.replicas, runs_of(operators));
}

std::string text_of(const FrontierPoint& point) {
  std::vector<std::string> stages;
  for (const Stage& stage : point.plan.stages) stages.push_back(text_of(stage));
  return fmt::format(R"({{"stages":[{}],"bound":{},"gap":{},"proven":{},"any_bound":{},"any_gap":{},"solver":{}}})",
                     fmt::join(stages, ","), round_trip(point.bound), round_trip(point.gap), point.proven,
                     round_trip(point.any_bound), round_trip(point.any_gap), json_quoted(point.solver));
}

std::size_t index_in(const JsonView& view, std::size_t below) {
  const std::int64_t index = view.integer();
  if (index < 0 || static_cast<std::size_t>(index) >= below)
    view.fail(fmt::format("is {}", index), "it is no position");
  return static_cast<std::size_t>(index);
}

Stage stage_of(const JsonView& view) {
  const std::string text = view.string();
  const std::size_t mode = text.find(' ');
  const std::size_t replicas = mode == std::string::npos ? mode : text.find(' ', mode + 1);
  if (replicas == std::string::npos) view.fail("is no stage", "give mode, replicas and operators");
  constexpr std::size_t any = 1'000'000'000;
  const std::string_view all = text;
  Stage stage{ModeId(number_of(all.substr(0, mode), any, view)),
              static_cast<int>(number_of(all.substr(mode + 1, replicas - mode - 1), any, view)),
              {}};
  for (const std::size_t op : numbers_of(all.substr(replicas + 1), any, view)) stage.operators.emplace_back(op);
  return stage;
}

FrontierPoint point_of(const JsonView& view) {
  FrontierPoint point;
  point.bound = view.at("bound").number();
  point.gap = view.at("gap").number();
  point.proven = view.at("proven").boolean();
  point.any_bound = view.at("any_bound").number();
  point.any_gap = view.at("any_gap").number();
  point.solver = view.at("solver").string();
  for (const JsonView& stage : view.at("stages").elements()) point.plan.stages.push_back(stage_of(stage));
  return point;
}

}  // namespace

std::string line_of(std::size_t group, const GroupOutcome& outcome) {
  std::vector<std::size_t> place(outcome.plans.size(), outcome.plans.size());
  std::string frontiers;
  std::string plans;
  std::size_t used = 0;
  for (const auto& frontier : outcome.frontiers) {
    std::vector<std::size_t> renumbered;
    for (const std::size_t at : frontier) {
      if (place[at] == outcome.plans.size()) {
        place[at] = used++;
        plans += (plans.empty() ? "" : ",") + text_of(outcome.plans[at]);
      }
      renumbered.push_back(place[at]);
    }
    frontiers += fmt::format("{}\"{}\"", frontiers.empty() ? "" : ",", runs_of(renumbered));
  }
  return fmt::format(R"({{"group":{},"reason":{},"infeasible":[{}],"frontiers":[{}],"plans":[{}]}})", group,
                     json_quoted(outcome.reason), fmt::join(outcome.infeasible, ","), frontiers, plans);
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
