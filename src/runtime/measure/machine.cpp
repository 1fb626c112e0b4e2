#include "runtime/measure/machine.hpp"

#include "devices/read_profile.hpp"
#include "runtime/cpu/dense_product.hpp"
#include "runtime/cpu/winograd.hpp"

#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

/// How far apart measurements of the cache are, as a factor: others share it.
constexpr double kCacheError = 1.2;

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

/// Its part of what several draw while none has work.
Quantity share_of(const Quantity& idle_w, double shared_by) {
  if (shared_by == 1) return idle_w;
  return {idle_w.value / shared_by, idle_w.low / shared_by, idle_w.high / shared_by,
          fmt::format("{}, idle, shared by {} cores", idle_w.source, shared_by), idle_w.year};
}

/// Of the kernels of the CPU engine.
void write_rules(const Writer& write) {
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
}

}  // namespace

Profile machine_profile(const MeasuredDevice& device, const std::string& name,
                        const std::vector<Measurement>& measurements, const MemoryMeasured& memory,
                        const std::optional<EnergyCoefficients>& energy, int year) {
  double peak = 0;
  for (const Measurement& one : measurements) peak = std::max(peak, 2 * one.work.macs / one.seconds);
  JsonWriter json;
  json.begin_object().field("schema", "cleave.profile/1").field("name", name).field("title", device.title);
  json.field("kind", name_of(device.kind)).key("precisions").begin_array().value("fp32").end_array();
  const Writer write(json, year);
  const EnergyCoefficients joules = energy.value_or(device.typical);
  write.quantity("idle_w", energy ? share_of(joules.idle_w, device.shared_by) : joules.idle_w);
  write.measured("memory_bytes", device.memory_bytes, "measured: its memory");
  write.measured("peak_fp32_flop_per_s", peak, "measured: the fastest operator");
  write.quantity("j_per_flop_fp32", joules.j_per_flop);
  write.measured("memory_bytes_per_s", memory.copy_bytes_per_s, "measured: " + device.copies);
  if (memory.cache_bytes)
    write.number("cache_bytes", *memory.cache_bytes, *memory.cache_bytes / kCacheError,
                 *memory.cache_bytes * kCacheError, "measured: blocks of rising size, read over and over");
  write.quantity("memory_j_per_byte", joules.memory_j_per_byte);
  if (device.on_this_core) write_rules(write);
  json.end_object();
  return parse_profile(JsonView::parse(json.text(), name));
}

}  // namespace cleave
