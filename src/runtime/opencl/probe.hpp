#pragma once
/// What the device that OpenCL finds does with memory, measured.

#include <memory>
#include <string>

namespace cleave::opencl {

/// The way between the device and the memory of its host.
struct HostLink {
  double to_device_bytes_per_s = 0, from_device_bytes_per_s = 0;  ///< of large blocks that lie in ordinary memory
  double latency_s = 0;                                           ///< of a message of four bytes there, waited for
};

class Probe {
 public:
  /// Throws UsageError where OpenCL finds no device.
  Probe();
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  [[nodiscard]] std::string name() const;
  [[nodiscard]] double memory_bytes() const;

  /// Copies `bytes` within the device's memory, and waits.
  void copy(std::size_t bytes);
  /// Seconds that one reading of the first `bytes` of a block takes, which is read over and over.
  [[nodiscard]] double seconds_to_read(std::size_t bytes);
  [[nodiscard]] HostLink host_link();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cleave::opencl
