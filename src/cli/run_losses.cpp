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

const PlanDevice lost_device(const Setting& setting, const RunPart& part) {
  return device_of(plan_devices(setting, part.plan), part.loss->failure.stage, part.loss->failure.replica);
}

std::string loss_text(const Setting& setting, const RunOutcome& outcome, std::size_t at) {
  const RunPart& part = outcome.parts[at];
  const Loss& loss = *part.loss;
  const std::string when = loss.failure.batch
                               ? fmt::format("at batch {}, {} after the start", *loss.failure.batch, si(loss.at_s, "s"))
                               : std::string("while warming up");
  std::string text = fmt::format("lost {} (stage {}) {}: {}\n", lost_device(setting, part).name, loss.failure.stage,
                                 when, loss.failure.what);
  if (at + 1 == outcome.parts.size())
    return text + fmt::format("  {} batches were answered by then; there is no plan without it\n", loss.answered);
  text +=
      fmt::format("  {} batches were answered by then, each once and in order; from batch {} on another plan runs\n",
                  loss.answered, loss.answered);
  text += fmt::format("  {} until there was a plan{}\n", si(loss.replanned_s, "s"),
                      loss.recovered_s > 0 ? fmt::format(", {} until the next result", si(loss.recovered_s, "s")) : "");
  return text + fmt::format("  {}\n", plan_line(setting, outcome.parts[at + 1].plan));
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
    const Loss& loss = *part.loss;
    json.begin_object().field("device", lost_device(file.setting, part).name);
    json.field("stage", loss.failure.stage).field("replica", loss.failure.replica).key("batch");
    loss.failure.batch ? json.value(*loss.failure.batch) : json.null();
    json.field("error", loss.failure.what).field("answered", loss.answered).field("at_s", loss.at_s);
    json.field("replanned_s", loss.replanned_s).key("recovered_s");
    loss.recovered_s > 0 ? json.value(loss.recovered_s) : json.null();
    json.key("period_before_s");
    part.report.period_s > 0 ? json.value(part.report.period_s) : json.null();
    json.key("plan");
    if (at + 1 < outcome.parts.size())
      json.value(plan_line(file.setting, outcome.parts[at + 1].plan));
    else
      json.null();
    json.end_object();
  }
  json.end_array();
}

}  // namespace cleave::cli
