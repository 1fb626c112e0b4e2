#pragma once
/// The OpenCL engine for a device that is assumed to be of another size.

#include "runtime/opencl/tiling.hpp"

#include <cleave/runtime.hpp>

#include <memory>

namespace cleave::opencl {

/// As make_opencl_backend, but with products shared out as on a device of this size: what a large one does can be tried
/// on a small one.
[[nodiscard]] std::unique_ptr<Backend> make_backend_for(const DeviceSize& assumed);

}  // namespace cleave::opencl
