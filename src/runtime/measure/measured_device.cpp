#include "runtime/measure/measured_device.hpp"

#include "runtime/measure/cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

/// "AMD EPYC 7763, one core", or what can be said without the name.
std::string title_of_processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2) + ", one core";
  return "this machine's processor, one core";
}

double memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// Bytes per second of `copy`, reads and writes both counted; the best of ten.
double best_of_copies(std::size_t bytes, const std::function<void()>& copy) {
  double best = 0;
  for (int repeat = 0; repeat < 10; ++repeat) {
    const Clock::time_point start = Clock::now();
    copy();
    best = std::max(best, 2 * static_cast<double>(bytes) / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

/// Copies that no cache holds, of a block in the host's memory.
EnergyLoad copies_of_core() {
  constexpr std::size_t bytes = std::size_t{1} << 27;
  struct Blocks {
    std::vector<unsigned char> from = std::vector<unsigned char>(bytes, 1), to = std::vector<unsigned char>(bytes);
  };
  const auto run = [blocks = std::make_shared<Blocks>()] {
    blocks->from[0] = static_cast<unsigned char>(blocks->to[bytes - 1] + 1);  // so that no copy can be left out
    std::memcpy(blocks->to.data(), blocks->from.data(), bytes);
  };
  return {run, 0, 2 * static_cast<double>(bytes)};
}

/// Those of the processor and its memory, of which others have no part.
std::vector<EnergySource> sources_of_processor(const std::vector<EnergySource>& sources) {
  std::vector<EnergySource> chosen;
  for (const EnergySource& source : sources)
    if (source.totalled && (source.scope == EnergyScope::processor || source.scope == EnergyScope::memory))
      chosen.push_back(source);
  return chosen;
}

/// That of the graphics processor of this name; none where several have it.
std::vector<EnergySource> sources_of_gpu(const std::vector<EnergySource>& sources, const std::string& name) {
  std::vector<EnergySource> chosen;
  for (const EnergySource& source : sources)
    if (source.totalled && source.scope == EnergyScope::gpu && source.name.ends_with(name)) chosen.push_back(source);
  return chosen.size() == 1 ? chosen : std::vector<EnergySource>();
}

EnergyCoefficients typical_core(int year) {
  const std::string source = "estimated: no energy was measured; typical of one core of a processor";
  return {.idle_w = {3, 1, 10, source, year},
          .j_per_flop = {5e-11, 1e-11, 2e-10, source, year},
          .memory_j_per_byte = {1.6e-10, 8e-11, 3e-10, source, year}};
}

EnergyCoefficients typical_gpu(int year) {
  const std::string source = "estimated: no energy was measured; typical of a graphics card";
  return {.idle_w = {30, 5, 100, source, year},
          .j_per_flop = {1e-11, 3e-12, 3e-11, source, year},
          .memory_j_per_byte = {7e-11, 3e-11, 2e-10, source, year}};
}

}  // namespace

MeasuredDevice this_core(const std::vector<EnergySource>& sources, int year) {
  constexpr std::int64_t side = 512;
  return {.kind = DeviceKind::cpu,
          .title = title_of_processor(),
          .timed = make_cpu_timed_stage,
          .memory_bytes = memory_bytes(),
          .copy_bytes_per_s =
              [] {
                const EnergyLoad copies = copies_of_core();
                return best_of_copies(static_cast<std::size_t>(copies.bytes / 2), copies.run);
              },
          .copies = "copies of 128 MiB by one core, reads and writes",
          .cache_bytes = [] { return measure_cache_bytes(memory_bytes()); },
          .energy = sources_of_processor(sources),
          .shared_by = std::max(1.0, static_cast<double>(std::thread::hardware_concurrency())),
          .typical = typical_core(year),
          .products_load = [] { return products_load(make_cpu_backend(), side); },
          .copies_load = copies_of_core};
}

MeasuredDevice opencl_device(const std::vector<EnergySource>& sources, int year) {
  constexpr std::int64_t side = 4096;
  constexpr std::size_t block = std::size_t{1} << 28;
  const auto probe = std::make_shared<opencl::Probe>();
  const auto copy = [probe] { probe->copy(block); };
  return {.kind = DeviceKind::gpu,
          .title = probe->name() + ", through OpenCL",
          .timed = make_opencl_timed_stage,
          .on_this_core = false,
          .batches = {1, 4, 1, 16, 1},
          .memory_bytes = probe->memory_bytes(),
          .copy_bytes_per_s =
              [copy] {
                copy();  // makes the blocks
                return best_of_copies(block, copy);
              },
          .copies = "copies of 256 MiB within its memory, reads and writes",
          .cache_bytes =
              [probe] {
                const auto seconds_per_byte = [&](double bytes) {
                  return probe->seconds_to_read(static_cast<std::size_t>(bytes)) / bytes;
                };
                return cache_bytes_of(seconds_per_byte, static_cast<double>(2 * block));
              },
          .host_link = [probe] { return probe->host_link(); },
          .energy = sources_of_gpu(sources, probe->name()),
          .typical = typical_gpu(year),
          .products_load = [] { return products_load(make_opencl_backend(), side); },
          .copies_load =
              [copy] {
                return EnergyLoad{copy, 0, 2 * static_cast<double>(block)};
              }};
}

}  // namespace cleave
