#include "runtime/energy/energy_window.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace cleave {

EnergyWindow::EnergyWindow(std::vector<EnergySource> sources, std::chrono::milliseconds idle)
    : meter_(std::move(sources)) {
  const bool any = std::any_of(meter_.sources().begin(), meter_.sources().end(),
                               [](const EnergySource& source) { return source.totalled; });
  if (!any) return;
  const Moment before = read();
  std::this_thread::sleep_for(idle);
  const Moment after = read();
  if (before.joules && after.joules) idle_w_ = (*after.joules - *before.joules) / (after.at_s - before.at_s);
}

EnergyWindow::Moment EnergyWindow::read() {
  const double at_s = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  return {at_s, meter_.read_total_j()};
}

std::optional<WindowEnergy> EnergyWindow::energy() const {
  if (!idle_w_ || !opened_.joules || !closed_.joules || closed_.at_s <= opened_.at_s) return std::nullopt;
  WindowEnergy energy{
      .seconds = closed_.at_s - opened_.at_s, .joules = *closed_.joules - *opened_.joules, .sources = {}};
  if (energy.joules <= 0) return std::nullopt;  // counters move in steps: none came by
  energy.above_idle_j = energy.joules - *idle_w_ * energy.seconds;
  for (const EnergySource& source : meter_.sources())
    if (source.totalled) energy.sources.push_back(source.name);
  return energy;
}

}  // namespace cleave
