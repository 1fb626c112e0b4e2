// cleave check: is a plan legal, and is its score right.
#include "base/json_writer.hpp"
#include "cli/certificates.hpp"
#include "cli/legal_plan.hpp"
#include "cli/session.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace cleave::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string certificate;  ///< empty: none
};

int report(const Session& session, const Options& options) {
  std::optional<CertificateFile> certificate;
  if (!options.certificate.empty()) certificate.emplace(options.certificate);
  JsonWriter json;
  json.begin_array();
  bool all_right = true;
  for (const std::string& path : options.paths) {
    const PlanFile plan = read_plan(path);
    auto complaints = complaints_about(plan);
    if (certificate && complaints.empty()) complaints = certificate->complaints(plan.setting.cost, plan.point);
    all_right &= complaints.empty();
    json.begin_object().field("plan", path).field("ok", complaints.empty()).key("complaints").begin_array();
    for (const std::string& complaint : complaints) json.value(complaint);
    json.end_array().end_object();
    if (session.json) continue;
    if (complaints.empty())
      session.say(fmt::format("{}: legal, {}", path,
                              certificate ? "its score is right, and how good it is follows from the certificate"
                                          : "and its score is right"));
    for (const std::string& complaint : complaints) print(fmt::format("{}: {}\n", path, complaint));
  }
  json.end_array();
  if (session.json) print_data(json.text());
  return static_cast<int>(all_right ? ExitCode::done : ExitCode::verification_failed);
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, session, "check",
                            "Check plans: legal, and scored right, by code that shares nothing with the search");
  verb->add_option("PLAN", options->paths, "Plan files")->required();
  verb->add_option("--certificate", options->certificate,
                   "Also verify this certificate, and that bound and proof of the plans follow from it");
  verb->callback([options, &session] { session.action = [options, &session] { return report(session, *options); }; });
}

}  // namespace cleave::cli
