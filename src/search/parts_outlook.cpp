#include "search/parts_outlook.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// No period suffices, unless there is nothing left to do.
constexpr double kHopeless = 1e300;

/// Of the priced capacity of `counts` without the devices of a code, by code of the whole.
std::vector<double> inverse_free(const std::vector<int>& counts, const Counts& whole, const Prices& price) {
  std::vector<double> inverse;
  for (std::size_t code = 0; code < whole.size(); ++code) {
    double capacity = 0;
    bool has = true;
    for (const ClassId device : price.ids()) {
      const int left = counts[device.at()] - whole.used(code, device);
      has = has && left >= 0;
      capacity += left * price[device];
    }
    inverse.push_back(!has ? 0 : capacity > 0 ? 1 / capacity : kHopeless);
  }
  return inverse;
}

/// What is known at each step: infinite before the first plan.
std::vector<double> known_at(const std::vector<Incumbent>& steps, const std::vector<Incumbent>& known) {
  std::vector<double> energy_j;
  auto next = known.begin();
  double least_j = kCannot;
  for (const Incumbent& step : steps) {
    for (; next != known.end() && next->period_s <= step.period_s; ++next) least_j = next->energy_j;
    energy_j.push_back(least_j);
  }
  return energy_j;
}

}  // namespace

PartsOutlook::PartsOutlook(const CostTable& cost, const Counts& counts, const Bounds& bounds,
                           const std::vector<Part>& parts, const std::vector<Incumbent>& steps)
    : cost_(cost), counts_(counts), bounds_(bounds), steps_(steps), places_of_(counts.size()) {
  const Prices price = tune_prices(cost);
  for (const Part& part : parts) {
    Place place{{}, inverse_free(part.counts, counts, price), 0, known_at(steps, part.known)};
    for (const ClassId device : cost.classes.ids())
      place.lacking.push_back(cost.classes[device].count - part.counts[device.at()]);
    while (place.first < steps.size() && place.known_j[place.first] == kCannot) ++place.first;
    for (std::size_t code = 0; code < counts.size(); ++code)
      if (place.inverse_free[code] > 0) places_of_[code].push_back(static_cast<std::uint32_t>(places_.size()));
    places_.push_back(std::move(place));
  }
  std::vector<std::vector<double>> known_j;
  for (const Place& place : places_) known_j.push_back(place.known_j);
  known_j_ = most_over_parts(known_j);
}

void PartsOutlook::add_stages(const Lattice& lattice, const std::vector<bool>& open, double max_load_s,
                              const std::vector<DevicePrices>& start, const std::function<bool()>& give_up) {
  const Place& whole = places_.back();
  if (whole.first == steps_.size()) return;
  std::vector<Incumbent> known;
  for (std::size_t i = whole.first; i < steps_.size(); ++i) known.push_back({steps_[i].period_s, whole.known_j[i]});
  priced_from_ = whole.first;
  stages_.emplace(cost_, lattice, counts_, open, known, max_load_s, start, give_up,
                  StageOutlook::cheap(cost_, lattice));
  std::vector<std::vector<double>> worth_j;
  for (const Place& place : places_) {
    std::vector<double>& worth = worth_j.emplace_back(place.known_j);
    for (std::size_t i = priced_from_; i < steps_.size(); ++i)
      for (const ClassId device : cost_.classes.ids())
        worth[i] -= stages_->price_j(i - priced_from_, device) * place.lacking[device.at()];
  }
  worth_j_ = most_over_parts(worth_j);
}

std::vector<DevicePrices> PartsOutlook::prices() const {
  return stages_ ? stages_->prices() : std::vector<DevicePrices>();
}

/// Of the parts that have the devices of a code, where something is known.
std::vector<double> PartsOutlook::most_over_parts(const std::vector<std::vector<double>>& worth_j) const {
  const std::size_t intervals = steps_.size();
  std::vector<double> most(counts_.size() * intervals, -kCannot);
  for (std::size_t code = 0; code < counts_.size(); ++code)
    for (const std::uint32_t part : places_of_[code])
      for (std::size_t i = places_[part].first; i < intervals; ++i)
        most[code * intervals + i] = std::max(most[code * intervals + i], worth_j[part][i]);
  return most;
}

/// Before this interval nothing is known of a part that a state may still become a plan of.
std::size_t PartsOutlook::unknown_until(std::uint32_t ideal, std::size_t code) const {
  std::size_t until = 0;
  for (const std::uint32_t part : places_of_[code]) {
    const Place& place = places_[part];
    if (place.first <= until) continue;
    const double period_s = bounds_.to_go(ideal) * place.inverse_free[code];
    if (period_s < 1e200 && (place.first == steps_.size() || period_s < steps_[place.first].period_s))
      until = place.first;
  }
  return until;
}

void PartsOutlook::thresholds(std::uint32_t ideal, std::size_t code, std::size_t first,
                              std::vector<double>& out) const {
  const std::size_t intervals = steps_.size();
  const std::size_t unknown = places_of_[code].empty() ? 0 : unknown_until(ideal, code) + 1;
  const double* known_j = known_j_.data() + code * intervals;
  const double* worth_j = stages_ ? worth_j_.data() + code * intervals : nullptr;
  const double idle_w = bounds_.idle_w(code);
  double highest = 0;
  for (std::size_t i = intervals; i-- > first;) {
    double gain_j = known_j[i] - out[i];
    if (worth_j != nullptr && i >= priced_from_)
      gain_j =
          std::min(gain_j, worth_j[i] - stages_->least_j(i - priced_from_, ideal, code) - steps_[i].period_s * idle_w);
    highest = std::max(highest, gain_j);
    out[i + 1] = highest;
  }
  std::fill_n(out.begin(), std::min(unknown, out.size()), kCannot);
  if (unknown == 0) out[0] = 0;
}

}  // namespace cleave
