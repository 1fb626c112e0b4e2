#include "runtime/energy/energy_meter.hpp"

#include "runtime/energy/hwmon.hpp"
#include "runtime/energy/nvml.hpp"
#include "runtime/energy/powercap.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace cleave {
namespace {

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void append(EnergySources& all, EnergySources more) {
  std::move(more.readable.begin(), more.readable.end(), std::back_inserter(all.readable));
  std::move(more.unreadable.begin(), more.unreadable.end(), std::back_inserter(all.unreadable));
}

}  // namespace

EnergySources find_energy_sources(const EnergyPlaces& places) {
  EnergySources all = powercap_sources(places.powercap);
  const bool packages_known = std::any_of(all.readable.begin(), all.readable.end(), [](const EnergySource& source) {
    return source.totalled && source.scope == EnergyScope::processor;
  });
  append(all, hwmon_sources(places.hwmon, packages_known));
  append(all, nvml_sources(places.nvml));
  return all;
}

EnergyMeter::EnergyMeter(std::vector<EnergySource> sources) : sources_(std::move(sources)) {
  for (const EnergySource& source : sources_) tallies_.emplace_back(source.reading, source.wraps_at_j);
  read_all();
  if (!sources_.empty()) reader_ = std::jthread([this](const std::stop_token& stop) { keep_reading(stop); });
}

EnergyMeter::~EnergyMeter() = default;

void EnergyMeter::read_all() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const std::optional<double> value = sources_[i].read();
    tallies_[i].add(now_s(), value);
  }
}

void EnergyMeter::keep_reading(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds period(100);
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, period, [] { return false; });
    read_all();
  }
}

std::vector<std::optional<double>> EnergyMeter::read_j() {
  const std::lock_guard lock(mutex_);
  read_all();
  std::vector<std::optional<double>> joules;
  for (const EnergyTally& tally : tallies_) joules.push_back(tally.joules());
  return joules;
}

std::optional<double> EnergyMeter::read_total_j() {
  const std::vector<std::optional<double>> joules = read_j();
  std::optional<double> total;
  for (std::size_t i = 0; i < joules.size(); ++i) {
    if (!sources_[i].totalled) continue;
    if (!joules[i]) return std::nullopt;
    total = total.value_or(0) + *joules[i];
  }
  return total;
}

}  // namespace cleave
