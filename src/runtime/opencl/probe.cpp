#include "runtime/opencl/probe.hpp"

#include "runtime/opencl/device.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace cleave::opencl {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The least of `repeats`: what disturbs can only slow it.
template <class Work>
double least_seconds_of(int repeats, Work work) {
  double least_s = 1e300;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const Clock::time_point start = Clock::now();
    work();
    least_s = std::min(least_s, seconds_since(start));
  }
  return least_s;
}

}  // namespace

struct Probe::State {
  Device device;
  Kernel reading = device.kernel("read_block");
  Buffer from = {}, to = {};
  std::size_t bytes = 0;

  /// Both blocks hold so much.
  void grow(std::size_t needed) {
    if (needed <= bytes) return;
    from.reset();
    to.reset();
    const std::vector<unsigned char> zeros(needed);
    from = device.upload(zeros.data(), needed);
    to = device.upload(zeros.data(), needed);
    bytes = needed;
  }
};

Probe::Probe() : state_(std::make_unique<State>()) {}
Probe::~Probe() = default;

std::string Probe::name() const { return name_of(*find_device()); }

double Probe::memory_bytes() const {
  cl_ulong bytes = 0;
  check(clGetDeviceInfo(*find_device(), CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(bytes), &bytes, nullptr),
        "asking for a device's memory");
  return static_cast<double>(bytes);
}

void Probe::copy(std::size_t bytes) {
  state_->grow(bytes);
  state_->device.copy(state_->from.get(), state_->to.get(), bytes);
  state_->device.finish();
}

double Probe::seconds_to_read(std::size_t bytes) {
  constexpr std::size_t all = std::size_t{1} << 31, items_per_unit = 2048, group = 256;
  constexpr int repeats = 3;
  const std::size_t items = static_cast<std::size_t>(state_->device.size().compute_units) * items_per_unit;
  state_->grow(std::max(bytes, items * sizeof(float)));
  const cl_mem block = state_->from.get(), sums = state_->to.get();
  const auto count = static_cast<cl_int>(bytes / sizeof(cl_float4));
  const auto passes = static_cast<cl_int>(std::max<std::size_t>(1, all / bytes));
  const cl_kernel reading = state_->reading.get();
  check(clSetKernelArg(reading, 0, sizeof(block), &block), "reading");
  check(clSetKernelArg(reading, 1, sizeof(sums), &sums), "reading");
  check(clSetKernelArg(reading, 2, sizeof(count), &count), "reading");
  check(clSetKernelArg(reading, 3, sizeof(passes), &passes), "reading");
  const auto read = [&] {
    state_->device.launch(reading, {items, 1, 1}, {group, 1, 1});
    state_->device.finish();
  };
  return least_seconds_of(repeats, read) / passes;
}

HostLink Probe::host_link() {
  constexpr std::size_t large = std::size_t{1} << 26;
  constexpr int few = 5, many = 50;
  state_->grow(large);
  std::vector<unsigned char> block(large, 1);
  const auto there = [&](std::size_t bytes) {
    state_->device.write(state_->from.get(), block.data(), bytes);
    state_->device.finish();
  };
  const auto back = [&] { state_->device.read(state_->from.get(), block.data(), large, true); };
  return {.to_device_bytes_per_s = static_cast<double>(large) / least_seconds_of(few, [&] { there(large); }),
          .from_device_bytes_per_s = static_cast<double>(large) / least_seconds_of(few, back),
          .latency_s = least_seconds_of(many, [&] { there(sizeof(float)); })};
}

}  // namespace cleave::opencl
