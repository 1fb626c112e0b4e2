#include "report/infeasibility.hpp"

#include "base/text.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace cleave {
namespace {

const std::string& device_name(const Setting& setting, ModeId mode) {
  return setting.devices.classes[setting.cost.modes[mode].device_class].name;
}

/// Bytes of weights that one device can hold at most.
double weight_room(const CostTable& cost, ModeId mode) {
  const ModeCost& how = cost.modes[mode];
  const double memory = cost.classes[how.device_class].memory_bytes;
  return std::isfinite(how.reload_s_per_byte) ? memory : std::min(memory, how.resident_bytes);
}

std::string why_not(const Setting& setting, OpId op, ModeId mode) {
  const DeviceClass& device = setting.devices.classes[setting.cost.modes[mode].device_class];
  if (!setting.network.measured.empty() || !device.profile) return "it has no cost there";
  const std::string reason = operator_cost(setting.network, op, *device.profile, device.precision).reason;
  return reason.empty() ? "none of them is left" : reason;  // its costs were taken away
}

std::optional<std::string> unsupported_operator(const Setting& setting) {
  for (const OpId op : setting.network.operators.ids()) {
    std::string reasons;
    bool runs = false;
    for (const ModeId mode : setting.cost.modes.ids()) {
      runs |= std::isfinite(setting.cost.compute_s(op, mode));
      if (!runs)
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", device_name(setting, mode),
                               why_not(setting, op, mode));
    }
    if (!runs)
      return fmt::format("no device of the cluster can run operator \"{}\" ({})", setting.network.operators[op].name,
                         reasons);
  }
  return std::nullopt;
}

/// An operator that is too large for every device by itself.
std::optional<std::string> oversized_operator(const Setting& setting) {
  const CostTable& cost = setting.cost;
  for (const OpId op : cost.inputs.ids()) {
    double least_short = kCannot;
    std::string where;
    for (const ModeId mode : cost.modes.ids()) {
      if (!std::isfinite(cost.compute_s(op, mode))) continue;
      double needed = cost.weight_bytes(op, mode) + cost.live_bytes(op, mode);
      double room = cost.classes[cost.modes[mode].device_class].memory_bytes;
      if (const double hold = weight_room(cost, mode); cost.weight_bytes(op, mode) > hold) {
        needed = cost.weight_bytes(op, mode);
        room = hold;
      }
      if (needed - room >= least_short) continue;
      least_short = needed - room;
      where = fmt::format("needs {} on {}, which has {}", si(needed, "B"), device_name(setting, mode), si(room, "B"));
    }
    if (least_short > 0)
      return fmt::format("operator \"{}\" fits no device: it {}; {} short", setting.network.operators[op].name, where,
                         si(least_short, "B"));
  }
  return std::nullopt;
}

/// All weights together against all room together.
std::optional<std::string> too_many_weights(const Setting& setting) {
  const CostTable& cost = setting.cost;
  double needed = 0;
  for (const OpId op : cost.inputs.ids()) {
    double least = kCannot;
    for (const ModeId mode : cost.modes.ids())
      if (std::isfinite(cost.compute_s(op, mode))) least = std::min(least, cost.weight_bytes(op, mode));
    needed += least;
  }
  double room = 0;
  for (const ModeId mode : cost.modes.ids())
    room += weight_room(cost, mode) * cost.classes[cost.modes[mode].device_class].count;
  if (needed <= room) return std::nullopt;
  return fmt::format("the weights need at least {}, all devices of the cluster together hold {}: {} short",
                     si(needed, "B"), si(room, "B"), si(needed - room, "B"));
}

}  // namespace

std::string explain_infeasible(const Setting& setting, bool exhaustive) {
  for (const auto& reason : {unsupported_operator(setting), oversized_operator(setting), too_many_weights(setting)})
    if (reason) return fmt::format("{} does not run on {}: {}", setting.model, setting.cluster, *reason);
  if (!exhaustive)
    return fmt::format(
        "no plan of {} on {} was found along the network's own order of operators, and there are too many other cuts "
        "or "
        "devices to try them all; use fewer device classes or a smaller network",
        setting.model, setting.cluster);
  return fmt::format(
      "{} does not run on {}: every operator fits some device and the weights fit in total, but no cut into "
      "consecutive stages fits; "
      "add a device or memory",
      setting.model, setting.cluster);
}

std::string explain_limits(const Limits& limits, const Frontier& frontier) {
  double period_s = kCannot;
  double latency_s = kCannot;
  double energy_j = kCannot;
  for (const FrontierPoint& point : frontier.points) {
    period_s = std::min(period_s, point.score.period_s);
    latency_s = std::min(latency_s, point.score.latency_s);
    energy_j = std::min(energy_j, point.score.energy_j);
  }
  const auto conflict = [](const char* what, double limit, double best, const char* unit) {
    const bool alike = si(limit, unit) == si(best, unit);
    const auto text = [&](double value) { return alike ? fmt::format("{} {}", value, unit) : si(value, unit); };
    return fmt::format("no plan found has {} of at most {}: the least is {}", what, text(limit), text(best));
  };
  if (limits.period_s < period_s) return conflict("a period", limits.period_s, period_s, "s");
  if (limits.energy_j < energy_j) return conflict("an energy per inference", limits.energy_j, energy_j, "J");
  if (limits.latency_s < latency_s) return conflict("a latency", limits.latency_s, latency_s, "s");
  return "no plan found meets all limits at once; each alone can be met: relax one";
}

void refuse_without_period(const Setting& setting, const FrontierPoint& point) {
  if (point.score.period_s > 0) return;
  throw InputError(setting.model, setting.network.measured.empty() ? "" : "/operators",
                   fmt::format("a plan on {} computes and moves everything in no time, so that nothing sets a period",
                               setting.cluster),
                   "let an operator take time wherever it runs");
}

}  // namespace cleave
