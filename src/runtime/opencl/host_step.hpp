#pragma once
/// What the device has no kernel for: a step on the CPU engine's kernels.

#include "runtime/opencl/device_stage.hpp"

namespace cleave::opencl {

/// Adds the computation of `step` on the host. Precondition: the CPU engine has it.
void add_host_step(DeviceStageBuilder& builder, const cpu::Step& step, const cpu::onednn::Library& library);

}  // namespace cleave::opencl
