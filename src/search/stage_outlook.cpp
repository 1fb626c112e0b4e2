#include "search/stage_outlook.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// A number per interval and ideal: fewer intervals where ideals are many, and in brief.
constexpr std::size_t kMaxIntervals = 32;
constexpr std::size_t kFewIntervals = 8;
constexpr std::size_t kMaxNumbers = 4'000'000;
/// Prices are tuned for as many passes at most, and while all passes together look at as many stages, and at no more
/// than the search itself has to look at.
constexpr std::size_t kMaxPasses = 40;
constexpr std::size_t kMaxWork = 12'000'000;
/// As many passes that raise no bound by this share of what is known end it too.
constexpr std::size_t kPatience = 3;
constexpr double kWorthwhile = 2e-3;
/// Stages of as many ideals are alive at once.
constexpr std::uint32_t kBlock = 64;
/// Of all ideals where they cannot be more than this: then every pass uses them again.
constexpr std::size_t kMaxRemembered = 500'000;
/// Intervals that one task looks at: a cache line of numbers.
constexpr std::size_t kShare = 8;

/// Sums in another order must not exceed what they bound.
constexpr double kSafety = 1 - 1e-11;

/// The prices that were tuned nearest to a period.
std::vector<double> nearest(const std::vector<DevicePrices>& all, double period_s, std::size_t classes) {
  if (all.empty()) return std::vector<double>(classes, 0);
  return std::min_element(all.begin(), all.end(),
                          [&](const DevicePrices& a, const DevicePrices& b) {
                            return std::abs(a.period_s - period_s) < std::abs(b.period_s - period_s);
                          })
      ->price;
}

}  // namespace

StageOutlook::StageOutlook(const CostTable& cost, const Lattice& lattice, const Counts& counts,
                           const std::vector<bool>& open, const std::vector<Incumbent>& incumbents, double max_load_s,
                           const std::vector<DevicePrices>& start, const std::function<bool()>& give_up, bool brief)
    : cost_(cost),
      lattice_(lattice),
      open_(open),
      max_load_s_(max_load_s),
      codes_(counts.size()),
      remembers_(cheap(cost, lattice)),
      stages_(std::max<std::size_t>(lattice.size(), kBlock)),
      walks_([&cost, &lattice] { return TransitionWalk(cost, lattice); }) {
  const std::size_t parts = std::min({brief ? kFewIntervals : kMaxIntervals, incumbents.size(),
                                      std::max<std::size_t>(1, kMaxNumbers / lattice.size())});
  Trial trial;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t first = part * incumbents.size() / parts;
    const std::size_t next = (part + 1) * incumbents.size() / parts;
    const Incumbent& known = incumbents[first];
    const double to_s = next < incumbents.size() ? incumbents[next].period_s : max_load_s;
    interval_of_.resize(next, part);
    first_of_.push_back(first);
    trial.price.push_back(nearest(start, known.period_s, cost.classes.size()));
    intervals_.push_back({known.period_s, to_s, known.energy_j, trial.price.back(), -kCannot});
  }
  to_go_.assign(lattice.size() * parts, 0);
  std::size_t work = 0;
  std::size_t idle = 0;
  for (std::size_t passes = 0; passes < kMaxPasses; ++passes) {
    const std::size_t stages = pass(trial, passes == 0, give_up);
    if (stages == 0) break;
    idle = take_better(trial) ? 0 : idle + 1;
    work += stages * parts;
    if (idle == kPatience || work + stages * parts > std::min(kMaxWork, stages * codes_ / (brief ? 4 : 1))) break;
    step(trial);
  }
  if (!remembers_) stages_.clear();
  for (double& sum : to_go_) sum *= kSafety;
  value_.assign(parts * codes_, 0);
  for (std::size_t code = 0; code < codes_; ++code)
    for (std::size_t interval = 0; interval < parts; ++interval)
      for (const ClassId device : cost.classes.ids())
        value_[code * parts + interval] += intervals_[interval].price[device.at()] * counts.free(code, device);
}

bool StageOutlook::cheap(const CostTable& cost, const Lattice& lattice) {
  return lattice.size() * lattice.size() / 2 * cost.modes.size() <= kMaxRemembered;
}

std::vector<DevicePrices> StageOutlook::prices() const {
  std::vector<DevicePrices> all;
  for (const Interval& interval : intervals_) all.push_back({interval.from_s, interval.price});
  return all;
}

std::size_t StageOutlook::pass(Trial& trial, bool first, const std::function<bool()>& give_up) {
  const std::size_t parts = intervals_.size();
  trial.to_go.assign(lattice_.size() * parts, kCannot);
  std::fill_n(trial.to_go.end() - static_cast<std::ptrdiff_t>(parts), parts, 0);
  trial.choice.assign(lattice_.size() * parts, {});
  std::vector<double> per_device;  // [class][interval]
  for (const ClassId device : cost_.classes.ids())
    for (std::size_t i = 0; i < parts; ++i)
      per_device.push_back(trial.price[i][device.at()] + intervals_[i].from_s * cost_.classes[device].idle_w);
  std::size_t total = 1;
  // Blocks of ideals whatever their level, as the stages that end at them depend on nothing.
  const std::uint32_t block = remembers_ && !first ? lattice_.top() : kBlock;
  for (std::uint32_t end = lattice_.top() + 1; end > 1;) {
    const std::uint32_t begin = std::max<std::uint32_t>(end, block + 1) - block;
    if (give_up()) return 0;
    const std::uint32_t slot = remembers_ ? 0 : begin;
    if (!remembers_ || first)
      in_parallel(begin, end, [&](std::uint32_t upper) {
        stages_[upper - slot].clear();
        if (open_[upper]) walks_.local().collect(upper, open_, max_load_s_, stages_[upper - slot]);
      });
    in_parallel(std::size_t{0}, (parts + kShare - 1) / kShare, [&](std::size_t share) {
      for (std::uint32_t upper = end; upper-- > begin;)
        relax(upper, stages_[upper - slot], share * kShare, std::min(parts, (share + 1) * kShare), per_device, trial);
    });
    for (std::uint32_t upper = begin; upper < end; ++upper) total += stages_[upper - slot].size();
    end = begin;
  }
  return total;
}

/// The intervals first .. last-1 of every ideal below. A slower interval needs no more devices.
void StageOutlook::relax(std::uint32_t upper, const std::vector<Transition>& stages, std::size_t first,
                         std::size_t last, const std::vector<double>& per_device, Trial& trial) const {
  const std::size_t parts = intervals_.size();
  const double* rest = &trial.to_go[upper * parts];
  for (const Transition& stage : stages) {
    const ClassId device = cost_.modes[stage.mode].device_class;
    const int most = cost_.classes[device].most_replicas();
    double* below = &trial.to_go[stage.lower * parts];
    int replicas = 1;
    for (std::size_t i = last; i-- > first;) {
      while (replicas <= most && stage.load_s > intervals_[i].to_s * replicas * (1 + 1e-9)) ++replicas;
      if (replicas > most) break;
      const double value = rest[i] + stage.energy_j + per_device[device.at() * parts + i] * replicas;
      if (value >= below[i]) continue;
      below[i] = value;
      trial.choice[stage.lower * parts + i] = {upper, static_cast<std::uint16_t>(device.at()),
                                               static_cast<std::uint16_t>(replicas)};
    }
  }
}

double StageOutlook::bound_j(const Trial& trial, std::size_t interval) const {
  double bound = trial.to_go[interval];
  for (const ClassId device : cost_.classes.ids())
    bound -= trial.price[interval][device.at()] * cost_.classes[device].count;
  return bound;
}

/// Was anything worth it?
bool StageOutlook::take_better(const Trial& trial) {
  const std::size_t parts = intervals_.size();
  bool worth = false;
  for (std::size_t i = 0; i < parts; ++i) {
    const double bound = bound_j(trial, i);
    if (!(bound > intervals_[i].bound_j)) continue;
    worth |= bound > intervals_[i].bound_j + kWorthwhile * intervals_[i].known_j;
    intervals_[i].bound_j = bound;
    intervals_[i].price = trial.price[i];
    for (std::size_t ideal = 0; ideal < lattice_.size(); ++ideal)
      to_go_[ideal * parts + i] = trial.to_go[ideal * parts + i];
  }
  return worth;
}

std::vector<int> StageOutlook::used(const Trial& trial, std::size_t interval) const {
  std::vector<int> devices(cost_.classes.size(), 0);
  for (std::uint32_t at = 0; at != lattice_.top();) {
    const Choice& choice = trial.choice[at * intervals_.size() + interval];
    devices[choice.device] += choice.replicas;
    at = choice.upper;
  }
  return devices;
}

/// A subgradient step on the prices, towards the known plan (Polyak).
void StageOutlook::step(Trial& trial) const {
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    const double bound = bound_j(trial, i);
    if (!std::isfinite(bound) || bound >= intervals_[i].known_j) continue;
    const std::vector<int> devices = used(trial, i);
    std::vector<double>& price = trial.price[i];
    double norm = 0;
    std::vector<int> excess;
    for (const ClassId device : cost_.classes.ids()) {
      excess.push_back(devices[device.at()] - cost_.classes[device].count);
      if (excess.back() > 0 || price[device.at()] > 0) norm += static_cast<double>(excess.back()) * excess.back();
    }
    if (norm <= 0) continue;
    for (std::size_t c = 0; c < price.size(); ++c)
      price[c] = std::max(0.0, price[c] + 0.8 * (intervals_[i].known_j - bound) / norm * excess[c]);
  }
}

}  // namespace cleave
