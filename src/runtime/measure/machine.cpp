#include "runtime/measure/machine.hpp"

#include "devices/read_profile.hpp"

#include "base/json_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace cleave {
namespace {

/// "AMD EPYC 7763, one core", or what can be said without the name.
std::string title_of_processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != line.npos) return line.substr(colon + 2) + ", one core";
  return "this machine's processor, one core";
}

double memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
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

 private:
  JsonWriter& json_;
  int year_;
};

}  // namespace

Profile machine_profile(const std::string& name, const std::vector<Measurement>& measurements, double copy_bytes_per_s,
                        int year) {
  double peak = 0;
  for (const Measurement& one : measurements) peak = std::max(peak, 2 * one.work.macs / one.seconds);
  JsonWriter json;
  json.begin_object().field("schema", "cleave.profile/1").field("name", name).field("title", title_of_processor());
  json.field("kind", "cpu").key("precisions").begin_array().value("fp32").end_array();
  const Writer write(json, year);
  constexpr std::string_view estimated = "estimated: no energy was measured; typical of one core of a processor";
  write.number("idle_w", 3, 1, 10, estimated);
  write.measured("memory_bytes", memory_bytes(), "measured: the machine's memory");
  write.measured("peak_fp32_flop_per_s", peak, "measured: the fastest operator");
  write.number("j_per_flop_fp32", 5e-11, 1e-11, 2e-10, estimated);
  write.measured("memory_bytes_per_s", copy_bytes_per_s, "measured: copies of 128 MiB by one core, reads and writes");
  write.number("memory_j_per_byte", 1.6e-10, 8e-11, 3e-10, estimated);
  json.end_object();
  return parse_profile(JsonView::parse(json.text(), name));
}

}  // namespace cleave
