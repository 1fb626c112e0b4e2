// cleave check: is a plan legal, and is its score right.
#include "base/json_writer.hpp"
#include "cli/session.hpp"
#include "report/plan_file.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <memory>

namespace cleave::cli {
namespace {

int report(const Session& session, const std::vector<std::string>& paths) {
  JsonWriter json;
  json.begin_array();
  bool all_right = true;
  for (const std::string& path : paths) {
    const PlanFile plan = read_plan(path);
    auto complaints = check({.cost = plan.setting.cost}, plan.point.plan, plan.point.score);
    complaints.insert(complaints.end(), plan.contradictions.begin(), plan.contradictions.end());
    all_right &= complaints.empty();
    json.begin_object().field("plan", path).field("ok", complaints.empty()).key("complaints").begin_array();
    for (const std::string& complaint : complaints) json.value(complaint);
    json.end_array().end_object();
    if (session.json) continue;
    if (complaints.empty()) session.say(fmt::format("{}: legal, and its score is right", path));
    for (const std::string& complaint : complaints) print(fmt::format("{}: {}\n", path, complaint));
  }
  json.end_array();
  if (session.json) print(json.text());
  return static_cast<int>(all_right ? ExitCode::done : ExitCode::verification_failed);
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App* verb = add_verb(app, session, "check",
                            "Check plans: legal, and scored right, by code that shares nothing with the search");
  verb->add_option("PLAN", *paths, "Plan files")->required();
  verb->callback([paths, &session] { session.action = [paths, &session] { return report(session, *paths); }; });
}

}  // namespace cleave::cli
