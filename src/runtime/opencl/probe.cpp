#include "runtime/opencl/probe.hpp"

#include "runtime/opencl/device.hpp"
#include "runtime/opencl/sources.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace cleave::opencl {
namespace {

using Clock = std::chrono::steady_clock;

/// Numbers that a group of items adds up: many groups even of small blocks.
constexpr cl_int kRow = 4096;

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
  Kernel sum = device.kernel("reduce_rows");
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
  constexpr int passes = 16, repeats = 5;
  state_->grow(bytes);
  const cl_mem source = state_->from.get(), target = state_->to.get();
  const cl_int inner = 1, operation = 0;
  check(clSetKernelArg(state_->sum.get(), 0, sizeof(source), &source), "reading");
  check(clSetKernelArg(state_->sum.get(), 1, sizeof(target), &target), "reading");
  check(clSetKernelArg(state_->sum.get(), 2, sizeof(kRow), &kRow), "reading");
  check(clSetKernelArg(state_->sum.get(), 3, sizeof(inner), &inner), "reading");
  check(clSetKernelArg(state_->sum.get(), 4, sizeof(operation), &operation), "reading");
  const std::size_t rows = std::max<std::size_t>(1, bytes / (static_cast<std::size_t>(kRow) * sizeof(float)));
  return least_seconds_of(repeats,
                          [&] {
                            for (int pass = 0; pass < passes; ++pass)
                              state_->device.launch(state_->sum.get(), {rows * kRowItems, 1, 1}, {kRowItems, 1, 1});
                            state_->device.finish();
                          }) /
         passes;
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
