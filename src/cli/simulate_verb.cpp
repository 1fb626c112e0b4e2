// cleave simulate: a plan in virtual time, the second opinion on its score.
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/legal_plan.hpp"
#include "cli/session.hpp"
#include "report/trace_json.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <memory>

namespace cleave::cli {
namespace {

struct Options {
  std::string plan;
  std::string trace;
  std::size_t batches = 100;
};

/// False when interrupted; then there is no file.
bool write_trace(const Session& session, const Options& options, const PlanFile& plan, const Trace& trace) {
  const std::string json =
      trace_json(trace, stage_labels(plan.setting.devices, plan.setting.cost, plan.point.plan), session.stop);
  if (session.stop.stop_requested()) return false;
  write_file(options.trace, json);
  session.say(fmt::format("wrote {}; open it in Perfetto", options.trace));
  return true;
}

int run(const Session& session, const Options& options) {
  const PlanFile plan = read_legal_plan(options.plan);
  KeptInputs(session).add(options.plan).add(plan.setting).keep_from(options.trace);
  const Trace trace = simulate(plan.setting.cost, plan.point.plan, options.batches);
  const Score& score = plan.point.score;
  if (!options.trace.empty() && !write_trace(session, options, plan, trace)) {
    session.say("interrupted; nothing was written");
    return static_cast<int>(ExitCode::interrupted);
  }
  if (session.json) {
    JsonWriter json;
    json.begin_object().field("plan", options.plan).field("batches", options.batches);
    json.field("period_s", trace.period_s).field("latency_s", trace.latency_s);
    if (!score.shared_s.empty()) json.field("shared_wait_s", trace.shared_wait_s);
    json.field("predicted_period_s", score.period_s).field("predicted_latency_s", score.latency_s).end_object();
    print_data(json.text());
    return 0;
  }
  const auto line = [](const char* what, double simulated, double predicted) {
    return fmt::format("{:<8} simulated {:>9}, predicted {:>9} ({:+.2g} %)\n", what, si(simulated, "s"),
                       si(predicted, "s"), 100 * (simulated / predicted - 1));
  };
  print(line("period", trace.period_s, score.period_s) + line("latency", trace.latency_s, score.latency_s));
  if (!score.shared_s.empty())
    print(fmt::format("transfers of a batch wait {} at shared links\n", si(trace.shared_wait_s, "s")));
  return 0;
}

}  // namespace

void add_simulate(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, session, "simulate", "Run a plan in virtual time, with queues and ports");
  verb->add_option("PLAN", options->plan, "A plan file")->required();
  verb->add_option("-n,--batches,--inferences", options->batches,
                   "Batches to send through; --inferences is another name of it")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  verb->add_option("--trace", options->trace, "Write a timeline for Perfetto to this file");
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
