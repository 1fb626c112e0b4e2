#pragma once
/// What to call the devices of a plan.

#include "report/plan_file.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// A device of a plan: one replica of a stage.
struct PlanDevice {
  std::size_t stage = 0;
  int replica = 0;
  ClassId device_class = {};
  std::size_t number = 0;  ///< among the plan's devices of its class, by stage and replica
  std::string name;        ///< of its class, with " #number" where the plan has several
};

/// By stage and replica.
[[nodiscard]] std::vector<PlanDevice> plan_devices(const Setting& setting, const Plan& plan);

/// Precondition: the plan has it.
[[nodiscard]] const PlanDevice& device_of(const std::vector<PlanDevice>& devices, std::size_t stage, int replica);

}  // namespace cleave::cli
