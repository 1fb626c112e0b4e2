#include "cli/run_losses.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/plan_devices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave::cli {
namespace {

/// "0: cpu fp32 (12 operators), 1: npu int8 x 2 (5 operators)".
std::string plan_line(const Setting& setting, const Plan& plan) {
  std::vector<std::string> stages;
  for (const Stage& stage : plan.stages) {
    const ModeCost& mode = setting.cost.modes[stage.mode];
    stages.push_back(fmt::format("{}: {} {}{} ({} operators)", stages.size(),
                                 setting.devices.classes[mode.device_class].name, name_of(mode.precision),
                                 stage.replicas > 1 ? fmt::format(" x {}", stage.replicas) : "",
                                 stage.operators.size()));
  }
  return fmt::format("{}", fmt::join(stages, ", "));
}

std::string lost_device(const Setting& setting, const Plan& plan, const Failure& failure) {
  return device_of(plan_devices(setting, plan), failure.stage, failure.replica).name;
}

std::string loss_text(const Setting& setting, const RunOutcome& outcome, std::size_t at) {
  const RunPart& part = outcome.parts[at];
  const Loss& loss = *part.loss;
  std::string text;
  for (const Failure& failure : loss.failures) {
    const std::string when = failure.batch
                                 ? fmt::format("at batch {}, {} after the start", *failure.batch, si(failure.at_s, "s"))
                                 : std::string("while warming up");
    text += fmt::format("lost {} (stage {}) {}: {}\n", lost_device(setting, part.plan, failure), failure.stage, when,
                        failure.what);
  }
  if (at + 1 == outcome.parts.size())
    return text + fmt::format("  {} batches were answered by then; there is no plan without {}\n", loss.answered,
                              loss.failures.size() == 1 ? "it" : "them");
  text +=
      fmt::format("  {} batches were answered by then, each once and in order; from batch {} on another plan runs\n",
                  loss.answered, loss.answered);
  text += fmt::format("  {} until there was a plan{}\n", si(loss.replanned_s, "s"),
                      loss.recovered_s > 0 ? fmt::format(", {} until the next result", si(loss.recovered_s, "s")) : "");
  return text + fmt::format("  {}\n", plan_line(setting, outcome.parts[at + 1].plan));
}

/// `next`: the plan after it, empty where there is none.
void write_failure(JsonWriter& json, const Setting& setting, const RunPart& part, const Failure& failure,
                   const std::string& next) {
  const Loss& loss = *part.loss;
  json.begin_object().field("device", lost_device(setting, part.plan, failure));
  json.field("stage", failure.stage).field("replica", failure.replica).key("batch");
  failure.batch ? json.value(*failure.batch) : json.null();
  json.field("error", failure.what).field("answered", loss.answered).field("at_s", failure.at_s);
  json.field("replanned_s", loss.replanned_s).key("recovered_s");
  loss.recovered_s > 0 ? json.value(loss.recovered_s) : json.null();
  json.key("period_before_s");
  part.report.period_s > 0 ? json.value(part.report.period_s) : json.null();
  json.key("plan");
  next.empty() ? json.null() : json.value(next);
  json.end_object();
}

}  // namespace

std::string losses_text(const PlanFile& file, const RunOutcome& outcome) {
  std::string text;
  for (std::size_t at = 0; at < outcome.parts.size(); ++at)
    if (outcome.parts[at].loss) text += "\n" + loss_text(file.setting, outcome, at);
  return text;
}

void write_losses(JsonWriter& json, const PlanFile& file, const RunOutcome& outcome) {
  if (!outcome.parts.front().loss) return;
  json.key("losses").begin_array();
  for (std::size_t at = 0; at < outcome.parts.size(); ++at) {
    const RunPart& part = outcome.parts[at];
    if (!part.loss) continue;
    const std::string next = at + 1 < outcome.parts.size() ? plan_line(file.setting, outcome.parts[at + 1].plan) : "";
    for (const Failure& failure : part.loss->failures) write_failure(json, file.setting, part, failure, next);
  }
  json.end_array();
}

}  // namespace cleave::cli
