#include "runtime/measure/machine.hpp"

#include "devices/read_profile.hpp"
#include "runtime/cpu/dense_product.hpp"
#include "runtime/cpu/winograd.hpp"

#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace cleave {
namespace {

/// How far apart measurements of the cache are, as a factor: others share it.
constexpr double kCacheError = 1.2;

/// "AMD EPYC 7763, one core", or what can be said without the name.
std::string title_of_processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != line.npos) return line.substr(colon + 2) + ", one core";
  return "this machine's processor, one core";
}

class Writer {
 public:
  Writer(JsonWriter& json, int year) : json_(json), year_(year) {}
  void number(std::string_view name, double value, double low, double high, std::string_view source) const {
    json_.key(name).begin_object().field("value", value).field("low", low).field("high", high);
    json_.field("source", source).field("year", year_).end_object();
  }
  void measured(std::string_view name, double value, std::string_view source) const {
    number(name, value, value, value, source);
  }
  void quantity(std::string_view name, const Quantity& one) const {
    number(name, one.value, one.low, one.high, one.source);
  }

 private:
  JsonWriter& json_;
  int year_;
};

/// One core's part of what all of them draw while none has work.
Quantity share_of_core(const Quantity& idle_w) {
  const double cores = std::max(1U, std::thread::hardware_concurrency());
  return {idle_w.value / cores, idle_w.low / cores, idle_w.high / cores,
          fmt::format("{}, idle, shared by {} cores", idle_w.source, cores), idle_w.year};
}

EnergyCoefficients typical_energy(int year) {
  const std::string source = "estimated: no energy was measured; typical of one core of a processor";
  return {.idle_w = {3, 1, 10, source, year},
          .j_per_flop = {5e-11, 1e-11, 2e-10, source, year},
          .memory_j_per_byte = {1.6e-10, 8e-11, 3e-10, source, year}};
}

}  // namespace

double memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

Profile machine_profile(const std::string& name, const std::vector<Measurement>& measurements, double copy_bytes_per_s,
                        std::optional<double> cache_bytes, const std::optional<EnergyCoefficients>& energy, int year) {
  double peak = 0;
  for (const Measurement& one : measurements) peak = std::max(peak, 2 * one.work.macs / one.seconds);
  JsonWriter json;
  json.begin_object().field("schema", "cleave.profile/1").field("name", name).field("title", title_of_processor());
  json.field("kind", "cpu").key("precisions").begin_array().value("fp32").end_array();
  const Writer write(json, year);
  const EnergyCoefficients joules = energy.value_or(typical_energy(year));
  write.quantity("idle_w", energy ? share_of_core(joules.idle_w) : joules.idle_w);
  write.measured("memory_bytes", memory_bytes(), "measured: the machine's memory");
  write.measured("peak_fp32_flop_per_s", peak, "measured: the fastest operator");
  write.quantity("j_per_flop_fp32", joules.j_per_flop);
  write.measured("memory_bytes_per_s", copy_bytes_per_s, "measured: copies of 128 MiB by one core, reads and writes");
  if (cache_bytes)
    write.number("cache_bytes", *cache_bytes, *cache_bytes / kCacheError, *cache_bytes * kCacheError,
                 "measured: blocks of rising size, read over and over by one core");
  write.quantity("memory_j_per_byte", joules.memory_j_per_byte);
  constexpr std::string_view source = "known: the kernels that plans run on";
  if (const auto tiles = cpu::winograd_limits()) {
    write.measured("winograd_tile", static_cast<double>(tiles->tile), source);
    write.measured("winograd_channels", static_cast<double>(tiles->channels), source);
    write.measured("winograd_tiles", static_cast<double>(tiles->tiles), source);
  }
  if (const auto matrix = cpu::matrix_limits()) {
    write.measured("matrix_rows", static_cast<double>(matrix->rows), source);
    write.measured("matrix_side", static_cast<double>(matrix->side), source);
    write.measured("matrix_weights", static_cast<double>(matrix->weights), source);
    write.measured("matrix_columns", static_cast<double>(matrix->columns), source);
  }
  json.end_object();
  return parse_profile(JsonView::parse(json.text(), name));
}

}  // namespace cleave
