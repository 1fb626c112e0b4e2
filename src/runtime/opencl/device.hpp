#pragma once
/// A device that OpenCL knows, with a queue of its own and this engine's kernels. One per worker.

#include "runtime/opencl/handles.hpp"
#include "runtime/opencl/tiling.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace cleave::opencl {

/// The first graphics processor; where there is none the first device of any kind.
[[nodiscard]] std::optional<cl_device_id> find_device();
[[nodiscard]] std::string name_of(cl_device_id device);
[[nodiscard]] bool is_gpu(cl_device_id device);

class Device {
 public:
  /// Compiles the kernels; an implementation may keep them for the next time. `watched`: its events have times.
  /// `assumed`: the size that products are shared out for, instead of its own. Throws UsageError where there is no
  /// device. Everything here throws InfeasibleError where its memory does not suffice.
  explicit Device(bool watched = false, const std::optional<DeviceSize>& assumed = {});

  [[nodiscard]] Buffer allocate(std::size_t bytes) const;
  /// Memory that only kernels read, filled once.
  [[nodiscard]] Buffer upload(const void* data, std::size_t bytes) const;
  [[nodiscard]] Kernel kernel(const char* name) const;
  [[nodiscard]] const DeviceSize& size() const { return size_; }

  /// These follow each other in the order of the calls; only `read` with `wait` and `finish` wait for it. Each gives
  /// its event where one is asked for, but for writes and reads of nothing: either all between two `finish` or none, as
  /// those that are watched have a queue of their own, which is slower.
  void write(cl_mem to, const void* from, std::size_t bytes, Event* event = nullptr) const;
  void read(cl_mem from, void* to, std::size_t bytes, bool wait, Event* event = nullptr) const;
  void copy(cl_mem from, cl_mem to, std::size_t bytes) const;
  void launch(cl_kernel kernel, const std::array<std::size_t, 3>& items, const std::array<std::size_t, 3>& group,
              Event* event = nullptr) const;
  void finish() const;

 private:
  [[nodiscard]] cl_command_queue queue(const Event* event) const { return (event ? watched_ : queue_).get(); }
  void done(cl_int status, const char* what, std::size_t bytes = 0) const;

  std::string name_;
  Context context_;
  Queue queue_, watched_;
  Program program_;
  DeviceSize size_;
};

}  // namespace cleave::opencl
