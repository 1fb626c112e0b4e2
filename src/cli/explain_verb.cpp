// cleave explain: which operator runs where, why, and what moving it would cost.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/legal_plan.hpp"
#include "cli/plan_text.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"
#include "devices/energy_origin.hpp"

#include "report/move.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>

namespace cleave::cli {
namespace {

const std::string& device_name(const Setting& setting, ModeId mode) {
  return setting.devices.classes[setting.cost.modes[mode].device_class].name;
}

/// What would happen if the operator ran in the stage before or after.
std::string move_text(const Score& now, const std::optional<Score>& moved) {
  if (!moved) return "-";
  return fmt::format("{:+.2g} % / {:+.2g} %", 100 * (moved->period_s / now.period_s - 1),
                     now.energy_j > 0 ? 100 * (moved->energy_j / now.energy_j - 1) : 0.0);
}

void print_text(const PlanFile& file) {
  const Setting& setting = file.setting;
  const Plan& plan = file.point.plan;
  const Score score = evaluate(setting.cost, plan);
  FrontierPoint point = file.point;
  point.score = score;
  print(plan_text(setting, point));
  print(fmt::format("\nThe period is set by {}.\n", bottleneck(setting, plan, score)));
  print(
      "Seconds on each device, and what moving an operator to a neighbouring stage would change (period / energy; - "
      "where it cannot move):\n\n");
  std::vector<std::string> header = {"operator", "stage", "runs on"};
  for (const ModeId mode : setting.cost.modes.ids()) header.push_back(device_name(setting, mode));
  header.insert(header.end(), {"to stage before", "to stage after"});
  TextTable table(header, {0, 2});
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) {
      std::vector<std::string> row = {ellipsis(setting.network.operators[op].name, 40), fmt::to_string(s),
                                      device_name(setting, plan.stages[s].mode)};
      for (const ModeId mode : setting.cost.modes.ids()) {
        const double seconds = setting.cost.compute_s(op, mode);
        row.push_back(std::isfinite(seconds) ? si(seconds, "s") : "cannot");
      }
      row.push_back(move_text(score, score_after_move(setting.cost, plan, op, s, -1)));
      row.push_back(move_text(score, score_after_move(setting.cost, plan, op, s, +1)));
      table.add(row);
    }
  print(table.text());
  const auto reasons = cannot_run(setting);
  if (!reasons.empty()) print("\nWhy operators cannot run somewhere:\n");
  for (const std::string& reason : reasons) print("  " + reason + "\n");
}

void write_move(JsonWriter& json, const char* key, const std::optional<Score>& moved) {
  json.key(key);
  if (!moved)
    json.null();
  else
    json.begin_object().field("period_s", moved->period_s).field("energy_j", moved->energy_j).end_object();
}

void print_json(const PlanFile& file) {
  const Setting& setting = file.setting;
  const Plan& plan = file.point.plan;
  const Score score = evaluate(setting.cost, plan);
  JsonWriter json;
  json.begin_object()
      .field("model", setting.model)
      .field("cluster", setting.cluster)
      .field("period_s", score.period_s)
      .field("energy_j", score.energy_j)
      .field("energy_origin", energy_origin(setting.devices));
  json.field("bottleneck", bottleneck(setting, plan, score));
  json.key("operators").begin_array();
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) {
      json.begin_object()
          .field("operator", setting.network.operators[op].name)
          .field("stage", s)
          .field("device", device_name(setting, plan.stages[s].mode));
      json.key("compute_s").begin_object();
      for (const ModeId mode : setting.cost.modes.ids())
        json.field(device_name(setting, mode), setting.cost.compute_s(op, mode));
      json.end_object();
      write_move(json, "if_moved_before", score_after_move(setting.cost, plan, op, s, -1));
      write_move(json, "if_moved_after", score_after_move(setting.cost, plan, op, s, +1));
      json.end_object();
    }
  json.end_array().key("cannot_run").begin_array();
  for (const std::string& reason : cannot_run(setting)) json.value(reason);
  json.end_array().end_object();
  print_data(json.text());
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  auto path = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, session, "explain",
                            "Explain a plan: what runs where, what limits it, and what moving an operator would cost");
  verb->add_option("PLAN", *path, "A plan file")->required();
  verb->callback([path, &session] {
    session.action = [path, &session] {
      const PlanFile plan = read_legal_plan(*path);
      session.json ? print_json(plan) : print_text(plan);
      return 0;
    };
  });
}

}  // namespace cleave::cli
