#include "search/trail_outlook.hpp"

#include "base/parallel.hpp"
#include "search/trail_labels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

namespace cleave {
namespace {

constexpr std::size_t kMaxIntervals = 8;
/// Bounds are tight where periods differ little: wider intervals are split.
constexpr double kMaxRatio = 1.3;
constexpr std::size_t kMaxMixtures = 4;
constexpr std::size_t kMaxCornerLists = 96;
/// More counts are not worth their time; and potentials take 256 MB at most.
constexpr std::size_t kMaxCodes = 128;
constexpr std::size_t kMaxValues = (std::size_t{256} << 20U) / sizeof(double);
/// The stages of several intervals are looked at together as long as they are at most so many (32 bytes each).
constexpr std::size_t kMaxMoves = 8'000'000;
constexpr std::size_t kBlock = 8;  ///< corners that are looked at together first

/// About `count` of them, evenly spread, the first one among them.
std::vector<double> thinned(const std::vector<double>& values, std::size_t count) {
  if (values.size() <= count) return values;
  std::vector<double> kept;
  for (std::size_t i = 0; i < count; ++i) kept.push_back(values[i * values.size() / count]);
  return kept;
}

/// With steps between those that are far apart.
std::vector<double> refined(const std::vector<double>& values) {
  std::vector<double> all;
  for (const double value : values) {
    if (!all.empty() && all.back() > 0)
      for (double step = all.back() * kMaxRatio; step * kMaxRatio < value; step *= kMaxRatio) all.push_back(step);
    all.push_back(value);
  }
  return all;
}

}  // namespace

TrailOutlook::TrailOutlook(const CostTable& cost, const std::vector<TrailEnd>& ends, const Counts& counts,
                           const Bounds& bounds, Question question, const std::function<bool()>& give_up)
    : cost_(cost),
      counts_(counts),
      bounds_(bounds),
      known_(std::move(question.known)),
      ceiling_(question.ceiling),
      timed_(question.timed),
      all_devices_(question.all_devices) {
  std::sort(known_.begin(), known_.end(), [](const Known& a, const Known& b) { return a.period_s < b.period_s; });
  choose_intervals();
  for (Interval& interval : intervals_) {
    choose_weights(interval);
    make_tables(interval);
  }
  counted_ = CountedClasses(cost, counts, max_codes(ends.size()));
  for (Interval& interval : intervals_) {
    interval.first_to_go = stride_;
    stride_ += interval.potentials.size();
  }
  std::size_t stages = 1;
  for (const TrailEnd& end : ends) stages += end.stages.size();
  const std::size_t at_once = std::max<std::size_t>(1, kMaxMoves / stages);
  for (std::size_t first = 0; first < intervals_.size() && !give_up(); first += at_once)
    fill(std::span(intervals_).subspan(first, std::min(at_once, intervals_.size() - first)), ends, give_up);
}

/// Potentials of several intervals at once, so that threads seldom wait for the last of some.
void TrailOutlook::fill(std::span<Interval> intervals, const std::vector<TrailEnd>& ends,
                        const std::function<bool()>& give_up) {
  struct Task {
    const Interval& interval;
    const PotentialStages& stages;
    Potential& potential;
  };
  std::vector<std::optional<PotentialStages>> stages(intervals.size());
  const auto each = [](std::size_t count, const auto& visit) { in_parallel_one_by_one(std::size_t{0}, count, visit); };
  each(intervals.size(), [&](std::size_t i) { stages[i].emplace(cost_, counted_, ends, intervals[i].to_s); });
  std::vector<Task> tasks;
  for (std::size_t i = intervals.size(); i-- > 0;)  // long periods have the most stages: these first
    for (Potential& potential : intervals[i].potentials) tasks.push_back({intervals[i], *stages[i], potential});
  each(tasks.size(), [&](std::size_t i) {
    const auto& [interval, moves, potential] = tasks[i];
    if (!give_up()) moves.fill(potential, interval.from_s, best_known(interval, potential));
  });
}

void TrailOutlook::choose_intervals() {
  std::vector<double> periods;
  for (const Known& known : known_)
    if (periods.empty() || known.period_s > periods.back()) periods.push_back(known.period_s);
  double from_s = 0;
  for (const double to_s : refined(thinned(periods, kMaxIntervals))) {
    if (to_s > from_s && to_s < ceiling_.period_s) intervals_.push_back({from_s, to_s, {}, 0, 0, {}});
    if (to_s < ceiling_.period_s) from_s = to_s;
  }
  intervals_.push_back({from_s, ceiling_.period_s, {}, 0, 0, {}});
  corner_from_.push_back(0);
  std::set<double> starts;
  for (const double period_s : thinned(periods, kMaxCornerLists)) starts.insert(period_s);
  for (const Interval& interval : intervals_) starts.insert(interval.from_s);
  starts.erase(0);
  corner_from_.insert(corner_from_.end(), starts.begin(), starts.end());
}

/// Between neighbours on the staircase of (latency, energy), and at its ends, by ascending latency.
std::vector<TrailOutlook::Corner> TrailOutlook::corners_until(double period_s) const {
  std::vector<Corner> points;
  for (const Known& known : known_)
    if (known.period_s <= period_s) points.push_back({known.latency_s, known.energy_j});
  std::sort(points.begin(), points.end(), [](const Corner& a, const Corner& b) {
    return a.latency_s != b.latency_s ? a.latency_s < b.latency_s : a.energy_j < b.energy_j;
  });
  std::vector<Corner> corners;
  double energy_j = ceiling_.energy_j;
  for (const Corner& point : points) {
    if (point.energy_j >= energy_j) continue;
    if (point.latency_s >= ceiling_.latency_s) break;
    corners.push_back({point.latency_s, energy_j});
    energy_j = point.energy_j;
  }
  corners.push_back({ceiling_.latency_s, energy_j});
  return corners;
}

std::size_t TrailOutlook::corner_list(double period_s) const {
  const auto after = std::upper_bound(corner_from_.begin(), corner_from_.end(), period_s * kRounding);
  return static_cast<std::size_t>(after - corner_from_.begin()) - 1;
}

void TrailOutlook::make_tables(Interval& interval) const {
  interval.first_list = corner_list(interval.from_s);
  const std::size_t mixtures = interval.potentials.size() - std::min<std::size_t>(2, interval.potentials.size());
  for (std::size_t list = interval.first_list; list <= corner_list(interval.to_s * kRounding); ++list) {
    const std::vector<Corner> corners = corners_until(corner_from_[list]);
    CornerTable& table = interval.tables.emplace_back();
    table.blocks = (corners.size() + kBlock - 1) / kBlock;
    table.value.assign(mixtures * table.blocks * kBlock, 0);
    table.most.assign(mixtures * table.blocks, 0);
    for (std::size_t i = 0; i < corners.size(); ++i) {
      table.latency_s.push_back(corners[i].latency_s);
      table.energy_j.push_back(corners[i].energy_j);
      for (std::size_t k = 0; k < mixtures; ++k) {
        const double value = corners[i].energy_j + interval.potentials[k + 2].latency_weight * corners[i].latency_s;
        table.value[k * table.blocks * kBlock + i] = value;
        double& most = table.most[k * table.blocks + i / kBlock];
        most = std::max(most, value);
      }
    }
  }
}

void TrailOutlook::choose_weights(Interval& interval) const {
  interval.potentials.push_back({.energy_weight = 1, .latency_weight = 0});
  if (!timed_) return;
  interval.potentials.push_back({.energy_weight = 0, .latency_weight = 1});
  std::vector<Corner> staircase;  // of known plans: the corners give the latency of one and the energy of the last
  const auto corners = corners_until(interval.to_s);
  for (std::size_t i = 0; i + 1 < corners.size(); ++i)
    staircase.push_back({corners[i].latency_s, corners[i + 1].energy_j});
  if (staircase.size() < 2) return;
  const std::size_t parts = std::min(kMaxMixtures, staircase.size() - 1);
  for (std::size_t part = 0; part < parts; ++part) {
    const Corner& a = staircase[part * (staircase.size() - 1) / parts];
    const Corner& b = staircase[(part + 1) * (staircase.size() - 1) / parts];
    interval.potentials.push_back(
        {.energy_weight = 1, .latency_weight = (a.energy_j - b.energy_j) / (b.latency_s - a.latency_s)});
  }
}

/// The best known plan of the interval by the weights of a potential.
double TrailOutlook::best_known(const Interval& interval, const Potential& potential) const {
  double best = kCannot;
  for (const Known& known : known_)
    if (known.period_s <= interval.to_s)
      best = std::min(best, potential.energy_weight * known.energy_j + potential.latency_weight * known.latency_s);
  return best;
}

/// As many as memory and time allow.
std::size_t TrailOutlook::max_codes(std::size_t ideals) const {
  std::size_t values = 0;  // of one code
  for (const Interval& interval : intervals_)
    for (const Potential& potential : interval.potentials) values += ideals * (potential.latency_weight > 0 ? 2 : 1);
  return std::min(kMaxCodes, kMaxValues / values);
}

void TrailOutlook::aim(std::uint32_t ideal, std::size_t code, Aim& aim) const {
  aim.least_s = bounds_.period_s(ideal, code);
  aim.idle_w = bounds_.idle_w(all_devices_ ? counts_.size() - 1 : code);
  const double saved_w = aim.idle_w - bounds_.idle_w(code);  // of devices that are to come, which potentials count too
  const std::size_t state = ideal * counted_.size() + counted_.code(code);
  aim.to_go.clear();
  aim.from_gate.clear();
  aim.open = false;
  for (const Interval& interval : intervals_)
    for (const Potential& potential : interval.potentials) {
      double paid = potential.energy_weight * interval.from_s * saved_w;
      for (const ClassId device : cost_.classes.ids())
        paid += potential.price[device.at()] * counts_.free(code, device);
      const double value = potential.to_go[state] - paid;
      aim.open |= std::isfinite(value) && aim.least_s <= interval.to_s;
      aim.to_go.push_back(value);
      aim.from_gate.push_back(potential.from_gate.empty() ? value : potential.from_gate[state] - paid);
    }
}

bool TrailOutlook::alive(Aim& aim, double period_s, double energy_j, const Arrival& arrival, double finished_s) const {
  // Labels that follow one another are much alike: first what kept the last one alive.
  if (const Interval& last = intervals_[aim.last_interval]; period_s <= last.to_s * kRounding)
    if (is_open(view(aim, last, period_s, energy_j, arrival, finished_s), aim.last_corner)) return true;
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    if (period_s > intervals_[i].to_s * kRounding) continue;
    if (!open_corner(view(aim, intervals_[i], period_s, energy_j, arrival, finished_s), aim.last_corner)) continue;
    aim.last_interval = i;
    return true;
  }
  return false;
}

TrailOutlook::View TrailOutlook::view(const Aim& aim, const Interval& interval, double period_s, double energy_j,
                                      const Arrival& arrival, double finished_s) const {
  const double* to_go = aim.to_go.data() + interval.first_to_go;
  const double* from_gate = aim.from_gate.data() + interval.first_to_go;
  const bool begun = period_s > interval.from_s;
  const std::size_t list = begun ? corner_list(period_s) - interval.first_list : 0;
  energy_j += aim.idle_w * (begun ? period_s : interval.from_s);
  const double least_s = timed_ ? std::max({finished_s, arrival.path_s + to_go[1], arrival.gate_s + from_gate[1]}) : 0;
  return {.interval = interval,
          .corners = interval.tables[list],
          .to_go = to_go,
          .from_gate = from_gate,
          .energy_j = energy_j,
          .arrival = arrival,
          .least_j = (energy_j + to_go[0]) * kRounding,
          .least_s = least_s * kRounding};
}

double TrailOutlook::View::bound(std::size_t mixture) const {
  const double weight = interval.potentials[mixture + 2].latency_weight;
  const double by_path = weight * arrival.path_s + to_go[mixture + 2];
  const double by_gate = weight * arrival.gate_s + from_gate[mixture + 2];
  return (energy_j + std::max(by_path, by_gate)) * kRounding;
}

bool TrailOutlook::is_open(const View& label, std::size_t corner) {
  const CornerTable& corners = label.corners;
  if (corner >= corners.energy_j.size() || !(corners.energy_j[corner] > label.least_j)) return false;
  if (!(corners.latency_s[corner] > label.least_s)) return false;
  for (std::size_t k = 0; k + 2 < label.interval.potentials.size(); ++k)
    if (corners.value[k * corners.blocks * kBlock + corner] <= label.bound(k)) return false;
  return true;
}

bool TrailOutlook::open_corner(const View& label, std::size_t& corner) {
  const CornerTable& corners = label.corners;
  const auto& latencies = corners.latency_s;
  const auto& energies = corners.energy_j;
  if (!std::isfinite(label.least_j) || energies.front() <= label.least_j) return false;
  const auto first =
      static_cast<std::size_t>(std::upper_bound(latencies.begin(), latencies.end(), label.least_s) - latencies.begin());
  if (first == latencies.size() || energies[first] <= label.least_j) return false;
  const std::size_t mixtures = std::max<std::size_t>(label.interval.potentials.size(), 2) - 2;
  std::array<double, kMaxMixtures> bound;
  for (std::size_t k = 0; k < mixtures; ++k) bound[k] = label.bound(k);
  const std::size_t padded = corners.blocks * kBlock;
  std::size_t closing = 0;  // the mixture that closed the corner before most often closes the next
  const auto closed = [&](const std::vector<double>& value, std::size_t columns, std::size_t column) {
    for (std::size_t tried = 0; tried < mixtures; ++tried) {
      if (value[closing * columns + column] <= bound[closing]) return true;
      closing = closing + 1 < mixtures ? closing + 1 : 0;
    }
    return false;
  };
  for (std::size_t i = first; i < energies.size() && energies[i] > label.least_j;) {
    if (i % kBlock == 0 && closed(corners.most, corners.blocks, i / kBlock)) {
      i += kBlock;
      continue;
    }
    if (!closed(corners.value, padded, i)) {
      corner = i;
      return true;
    }
    ++i;
  }
  return false;
}

}  // namespace cleave
