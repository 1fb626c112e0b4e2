#pragma once
/// What `cleave profile` measures: one core of this machine's processor, or the device that OpenCL finds.

#include "runtime/energy/energy_source.hpp"
#include "runtime/measure/energy.hpp"
#include "runtime/opencl/probe.hpp"
#include "runtime/timed_stage.hpp"

#include <cleave/cluster.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

struct MeasuredDevice {
  DeviceKind kind = DeviceKind::cpu;
  std::string title = {};
  /// A stage on its fp32 engine.
  TimeStage timed = {};
  /// Computes on the calling thread with the kernels of the CPU engine: what the thread waits for others is known, and
  /// so are those kernels' rules.
  bool on_this_core = true;
  /// Samples per batch of the sample networks, in turn: what such a device is given.
  std::vector<std::int64_t> batches = {1};

  double memory_bytes = 0;
  std::function<double()> copy_bytes_per_s = {};  ///< reads and writes both counted, of blocks that no cache holds
  std::string copies = {};                        ///< what was copied, in words
  std::function<std::optional<double>()> cache_bytes = {};  ///< nothing: none is noticed

  std::function<opencl::HostLink()> host_link = {};  ///< empty: it computes in the host's memory

  std::vector<EnergySource> energy = {};  ///< the machine's counters of its joules
  double shared_by = 1;                   ///< devices like it that share what these counters say of idleness
  EnergyCoefficients typical = {};        ///< where there are none, of its kind, with wide intervals
  std::function<EnergyLoad()> products_load = {}, copies_load = {};
};

/// `sources`: all counters of the machine. `year`: of the measurements.
[[nodiscard]] MeasuredDevice this_core(const std::vector<EnergySource>& sources, int year);
/// Throws UsageError where OpenCL finds no device.
[[nodiscard]] MeasuredDevice opencl_device(const std::vector<EnergySource>& sources, int year);

}  // namespace cleave
