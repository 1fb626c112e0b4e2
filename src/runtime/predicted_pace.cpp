#include "runtime/pass_list.hpp"
#include "runtime/shared_ways.hpp"
#include "runtime/stage_times.hpp"

#include <cleave/runtime.hpp>

namespace cleave {
namespace {

std::vector<TransferLeg> scaled(std::vector<TransferLeg> legs, double scale) {
  std::erase_if(legs, [](const TransferLeg& leg) { return leg.seconds == 0; });
  for (TransferLeg& leg : legs) leg.seconds *= scale;
  return legs;
}

}  // namespace

std::vector<DevicePace> predicted_pace(const CostTable& cost, const Plan& plan, double scale) {
  std::vector<DevicePace> pace;
  for (const Stage& stage : plan.stages) {
    const ClassCost& device = cost.classes[cost.modes[stage.mode].device_class];
    pace.push_back({.overlap = device.overlap, .full_duplex = device.full_duplex, .passes = {}});
  }
  if (interleaved(cost, plan)) {
    for (const Pass& pass : passes_of(cost, plan)) {
      const auto& [receive_s, compute_s, send_s] = pass.phase_s;
      pace[pass.stage].passes.push_back({scale * receive_s, scale * compute_s, scale * send_s});
    }
    return pace;
  }
  const std::vector<StageTimes> times = stage_times(cost, plan);
  for (std::size_t s = 0; s < times.size(); ++s)
    pace[s].passes = {{scale * times[s].receive_s, scale * times[s].compute_s, scale * times[s].send_s}};
  if (!cost.links || cost.links->shared.empty()) return pace;
  const std::vector<StageWays> ways = stage_ways(cost, plan);
  for (std::size_t s = 0; s < ways.size(); ++s) {
    pace[s].passes.front().receive = scaled(ways[s].receive, scale);
    pace[s].passes.front().send = scaled(ways[s].send, scale);
  }
  return pace;
}

}  // namespace cleave
