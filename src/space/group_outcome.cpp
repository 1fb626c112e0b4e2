#include "space/group_outcome.hpp"

#include "base/json_view.hpp"
#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave {
namespace {

std::string text_of(const FrontierPoint& point) {
  std::string stages;
  for (const Stage& stage : point.plan.stages) {
    std::vector<std::uint32_t> operators;
    for (const OpId op : stage.operators) operators.push_back(op.value);
    stages += fmt::format("{}[{},{},[{}]]", stages.empty() ? "" : ",", stage.mode.value, stage.replicas,
                          fmt::join(operators, ","));
  }
  return fmt::format(R"({{"stages":[{}],"bound":{},"gap":{},"proven":{},"any_bound":{},"any_gap":{},"solver":{}}})",
                     stages, round_trip(point.bound), round_trip(point.gap), point.proven, round_trip(point.any_bound),
                     round_trip(point.any_gap), json_quoted(point.solver));
}

std::size_t index_in(const JsonView& view, std::size_t below) {
  const std::int64_t index = view.integer();
  if (index < 0 || static_cast<std::size_t>(index) >= below)
    view.fail(fmt::format("is {}", index), "it is no position");
  return static_cast<std::size_t>(index);
}

Stage stage_of(const JsonView& view) {
  const auto parts = view.elements();
  if (parts.size() != 3) view.fail("is no stage", "give mode, replicas and operators");
  constexpr std::size_t any = 1'000'000'000;
  Stage stage{ModeId(index_in(parts[0], any)), static_cast<int>(index_in(parts[1], any)), {}};
  for (const JsonView& op : parts[2].elements()) stage.operators.emplace_back(index_in(op, any));
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
    frontiers += fmt::format("{}[{}]", frontiers.empty() ? "" : ",", fmt::join(renumbered, ","));
  }
  return fmt::format(R"({{"group":{},"reason":{},"infeasible":[{}],"frontiers":[{}],"plans":[{}]}})", group,
                     json_quoted(outcome.reason), fmt::join(outcome.infeasible, ","), frontiers, plans);
}

LedgerEntry entry_of(std::string_view line, const std::string& file) {
  const JsonView view = JsonView::parse(line, file);
  LedgerEntry entry{index_in(view.at("group"), 1'000'000'000), {}};
  entry.outcome.reason = view.at("reason").string();
  for (const JsonView& plan : view.at("plans").elements()) entry.outcome.plans.push_back(point_of(plan));
  for (const JsonView& frontier : view.at("frontiers").elements()) {
    auto& positions = entry.outcome.frontiers.emplace_back();
    for (const JsonView& at : frontier.elements()) positions.push_back(index_in(at, entry.outcome.plans.size()));
  }
  for (const JsonView& at : view.at("infeasible").elements())
    entry.outcome.infeasible.push_back(index_in(at, entry.outcome.frontiers.size()));
  return entry;
}

}  // namespace cleave
