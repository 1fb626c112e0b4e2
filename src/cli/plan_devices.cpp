#include "cli/plan_devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace cleave::cli {

std::vector<PlanDevice> plan_devices(const Setting& setting, const Plan& plan) {
  std::vector<PlanDevice> devices;
  std::map<ClassId, std::size_t> count;
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (int replica = 0; replica < plan.stages[s].replicas; ++replica) {
      const ClassId kind = setting.cost.modes[plan.stages[s].mode].device_class;
      devices.push_back({.stage = s, .replica = replica, .device_class = kind, .number = count[kind]++, .name = {}});
    }
  for (PlanDevice& device : devices) {
    device.name = setting.devices.classes[device.device_class].name;
    if (count[device.device_class] > 1) device.name += fmt::format(" #{}", device.number);
  }
  return devices;
}

const PlanDevice& device_of(const std::vector<PlanDevice>& devices, std::size_t stage, int replica) {
  return *std::find_if(devices.begin(), devices.end(),
                       [&](const PlanDevice& one) { return one.stage == stage && one.replica == replica; });
}

}  // namespace cleave::cli
