#include "search/counted_outlook.hpp"

#include "search/stage_outlook.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

constexpr std::size_t kMaxCodes = 128;
/// Ideals x counts: 128 MB.
constexpr std::size_t kMaxStates = 1 << 20;
/// Of the intervals as many begin at known plans where these are more; the others divide what is left wide.
constexpr std::size_t kAtPlans = 27;
/// So many ideals in a row.
constexpr std::uint32_t kBlock = 16;

/// Whatever a plan takes it is of use; none is. Finite, as the difference of infinities is not a number.
constexpr float kAnything = 1e37F;
constexpr float kHopeless = -3e38F;
/// Energy of a stage that is too long.
constexpr float kTooLong = 3e38F;

/// Every sum of single precision along a plan, of a stage for each device at most, is off by half of this.
constexpr double kOff = std::numeric_limits<float>::epsilon();

std::vector<ClassId> classes_of(const CostTable& cost, const Counts& counts, std::size_t code) {
  std::vector<ClassId> classes;
  for (const ClassId device : cost.classes.ids())
    if (counts.used(code, device) > 0) classes.push_back(device);
  return classes;
}

/// What each operator takes at least on devices of some classes, with the idle energy of its own time or without.
IndexVector<OpId, double> least_j(const CostTable& cost, const std::vector<ClassId>& classes, bool with_idle) {
  IndexVector<OpId, double> least(cost.operator_count(), kCannot);
  for (const OpId op : cost.inputs.ids())
    for (const ModeId mode : cost.modes.ids()) {
      const ClassId device = cost.modes[mode].device_class;
      const double seconds = cost.compute_s(op, mode);
      if (!std::isfinite(seconds) || std::find(classes.begin(), classes.end(), device) == classes.end()) continue;
      const double idle_j = with_idle ? cost.classes[device].idle_w * seconds : 0;
      least[op] = std::min(least[op], cost.compute_j(op, mode) + idle_j);
    }
  return least;
}

/// Slower plans of at least as much dynamic energy, and `least_j` with the idle energy of `idle_w`, are dominated.
double useful_until_s(const std::vector<Incumbent>& known, double idle_w, double dynamic_j, double least_j) {
  if (!std::isfinite(dynamic_j)) return 0;
  double until_s = kCannot;
  for (const Incumbent& one : known) {
    double slower_s = one.period_s;
    if (least_j < one.energy_j * kBetter)
      slower_s = idle_w > 0 ? std::max(slower_s, (one.energy_j - dynamic_j) / idle_w) : kCannot;
    until_s = std::min(until_s, slower_s);
  }
  return until_s * (1 + 1e-9);
}

/// Of all codes, ascending, each once.
std::vector<double> periods_of(const std::vector<std::vector<Incumbent>>& known) {
  std::vector<double> periods_s;
  for (const std::vector<Incumbent>& of_code : known)
    for (const Incumbent& one : of_code) periods_s.push_back(one.period_s);
  std::sort(periods_s.begin(), periods_s.end());
  constexpr double same = 1 + 1e-12;
  periods_s.erase(
      std::unique(periods_s.begin(), periods_s.end(), [](double kept, double next) { return next <= kept * same; }),
      periods_s.end());
  return periods_s;
}

/// Halves, by ratio, the widest of the intervals that begin at `from_s` after the first; the last one ends at `end_s`.
void divide_widest(std::vector<double>& from_s, double end_s) {
  std::size_t widest = 0;
  double ratio = 1;
  for (std::size_t i = 1; i < from_s.size(); ++i) {
    const double to_s = i + 1 < from_s.size() ? from_s[i + 1] : end_s;
    if (!(from_s[i] > 0) || !std::isfinite(to_s) || to_s / from_s[i] <= ratio) continue;
    widest = i;
    ratio = to_s / from_s[i];
  }
  const auto after = from_s.begin() + static_cast<std::ptrdiff_t>(widest) + 1;
  from_s.insert(after, from_s[widest] * std::sqrt(ratio));  // an empty one where none is wide
}

}  // namespace

CountedOutlook::Moves CountedOutlook::no_moves(const CostTable& cost) {
  Moves moves;
  for (const ClassCost& device : cost.classes)
    moves.push_back(std::vector<std::vector<Move>>(static_cast<std::size_t>(device.most_replicas())));
  return moves;
}

bool CountedOutlook::applies(const Lattice& lattice, const Counts& counts) {
  return counts.size() <= kMaxCodes && lattice.size() * counts.size() <= kMaxStates;
}

CountedOutlook::CountedOutlook(const CostTable& cost, const Lattice& lattice, const Counts& counts,
                               const Bounds& bounds, const std::vector<bool>& open,
                               const std::vector<std::vector<Incumbent>>& known, const std::function<bool()>& give_up)
    : cost_(cost),
      lattice_(lattice),
      counts_(counts),
      bounds_(bounds),
      open_(open),
      moves_(kBlock, no_moves(cost)),
      remembers_(StageOutlook::cheap(cost, lattice)),
      stages_(remembers_ ? lattice.size() : kBlock),
      walks_([&cost, &lattice] { return TransitionWalk(cost, lattice); }) {
  sum_up();
  choose_intervals(known);
  start(known);
  pass(give_up);
  end_where_hopeless();
}

/// What operators take on the classes that codes have devices of.
void CountedOutlook::sum_up() {
  std::vector<std::vector<ClassId>> sets;
  for (std::size_t code = 0; code < counts_.size(); ++code) {
    const std::vector<ClassId> classes = classes_of(cost_, counts_, code);
    const auto same = std::find(sets.begin(), sets.end(), classes);
    classes_.push_back(static_cast<std::size_t>(same - sets.begin()));
    if (same != sets.end()) continue;
    sets.push_back(classes);
    done_j_.push_back(sums_inside(lattice_, least_j(cost_, classes, false)));
    with_idle_j_.push_back(sums_inside(lattice_, least_j(cost_, classes, true)).back());
  }
}

void CountedOutlook::choose_intervals(const std::vector<std::vector<Incumbent>>& known) {
  for (std::size_t code = 1; code < known.size(); ++code) {
    const std::size_t classes = classes_[code];
    max_load_s_ = std::max(
        max_load_s_, useful_until_s(known[code], bounds_.idle_w(code), done_j_[classes].back(), with_idle_j_[classes]));
  }
  const std::vector<double> periods_s = periods_of(known);
  const std::size_t some = periods_s.size() < kIntervals ? periods_s.size() : kAtPlans;
  std::vector<double> from_s{0};
  for (std::size_t i = 0; i < some; ++i) from_s.push_back(periods_s[i * periods_s.size() / some]);
  while (from_s.size() < kIntervals) divide_widest(from_s, max_load_s_);
  std::copy_n(from_s.begin(), kIntervals, from_s_.begin());
  std::copy_n(from_s.begin() + 1, kIntervals - 1, to_s_.begin());
  to_s_.back() = max_load_s_;
}

/// The complete plans.
void CountedOutlook::start(const std::vector<std::vector<Incumbent>>& known) {
  Row none;
  for (Group& group : none) group.fill(kHopeless);
  rows_.assign(lattice_.size() * counts_.size(), none);
  double devices = 0;
  for (const ClassCost& device : cost_.classes) devices += device.count;
  for (std::size_t code = 1; code < counts_.size(); ++code) {
    auto next = known[code].begin();
    double least_j = kCannot;
    for (std::size_t i = 0; i < kIntervals; ++i) {
      for (; next != known[code].end() && next->period_s <= from_s_[i]; ++next) least_j = next->energy_j;
      row(lattice_.top(), code)[i / kLanes][i % kLanes] =
          least_j == kCannot
              ? kAnything
              : static_cast<float>(least_j * (1 + (devices + 4) * kOff) - from_s_[i] * bounds_.idle_w(code)) +
                    std::numeric_limits<float>::min();
    }
  }
}

/// In blocks: what a block of ideals says of those below it goes by parts of these, which stay in cache, on all
/// threads.
void CountedOutlook::pass(const std::function<bool()>& give_up) {
  for (std::uint32_t end = lattice_.top() + 1; end > 1;) {
    const std::uint32_t begin = std::max<std::uint32_t>(end, kBlock + 1) - kBlock;
    if (give_up()) return;
    const std::uint32_t slot = remembers_ ? 0 : begin;
    collect(begin, end, slot);
    for (std::uint32_t upper = end; upper-- > begin;) {
      find_moves(upper, moves_[upper - begin]);
      relax(upper, stages_[upper - slot], begin, upper, moves_[upper - begin]);
    }
    in_parallel(std::uint32_t{0}, (begin + kBlock - 1) / kBlock, [&](std::uint32_t part) {
      for (std::uint32_t upper = end; upper-- > begin;)
        relax(upper, stages_[upper - slot], part * kBlock, std::min(begin, (part + 1) * kBlock), moves_[upper - begin]);
    });
    end = begin;
  }
}

/// The stages that end at the ideals begin .. end-1, by where they begin; nothing depends on what becomes of them.
void CountedOutlook::collect(std::uint32_t begin, std::uint32_t end, std::uint32_t slot) {
  in_parallel(begin, end, [&](std::uint32_t upper) {
    std::vector<Transition>& stages = stages_[upper - slot];
    stages.clear();
    if (!open_[upper]) return;
    walks_.local().collect(upper, open_, max_load_s_, stages);
    std::stable_sort(stages.begin(), stages.end(),
                     [](const Transition& a, const Transition& b) { return a.lower < b.lower; });
  });
}

/// The ideal is not open any more if nothing becomes of it, whatever the devices.
void CountedOutlook::find_moves(std::uint32_t upper, Moves& moves) {
  std::vector<Move> live;
  for (std::size_t code = 0; open_[upper] && code < counts_.size(); ++code)
    if (const Move one = matters(upper, code); one.end > 0) live.push_back(one);
  open_[upper] = !live.empty();
  std::sort(live.begin(), live.end(), [](const Move& a, const Move& b) { return a.end > b.end; });
  for (const ClassId device : cost_.classes.ids()) {
    int replicas = 0;
    for (std::vector<Move>& of_replicas : moves[device]) {
      ++replicas;
      of_replicas.clear();
      for (const Move& one : live)
        if (counts_.used(one.code, device) >= replicas)
          of_replicas.push_back({one.code, counts_.release(one.code, device, replicas), one.first, one.end});
    }
  }
}

/// The groups of a state where something may become of it; what is hopeless is set so.
CountedOutlook::Move CountedOutlook::matters(std::uint32_t ideal, std::size_t code) {
  Row& here = row(ideal, code);
  const auto done_j = static_cast<float>(done_j_[classes_[code]][ideal]);
  const double least_s = bounds_.period_s(ideal, code);
  Move groups{code, code, kGroups, 0};
  for (std::size_t i = 0; i < kIntervals; ++i) {
    float& most_j = here[i / kLanes][i % kLanes];
    if (most_j < done_j || to_s_[i] < least_s) {
      most_j = kHopeless;
      continue;
    }
    groups.first = std::min(groups.first, i / kLanes);
    groups.end = i / kLanes + 1;
  }
  return groups;
}

/// By the stages that begin at the ideals first .. last-1.
void CountedOutlook::relax(std::uint32_t upper, const std::vector<Transition>& stages, std::uint32_t first,
                           std::uint32_t last, const Moves& moves) {
  if (!open_[upper]) return;
  const Row* const above = &row(upper, 0);
  Row energy_j;
  auto stage =
      std::partition_point(stages.begin(), stages.end(), [first](const Transition& one) { return one.lower < first; });
  for (; stage != stages.end() && stage->lower < last; ++stage) {
    Row* const below = &row(stage->lower, 0);
    std::size_t from = kIntervals;  // where the stage is short enough
    int replicas = 1;
    for (const std::vector<Move>& of_replicas : moves[cost_.modes[stage->mode].device_class]) {
      const double load_s = stage->load_s / replicas++;
      for (; from > 0 && load_s <= to_s_[from - 1]; --from)
        energy_j[(from - 1) / kLanes][(from - 1) % kLanes] = static_cast<float>(stage->energy_j);
      const std::size_t from_group = from / kLanes;
      for (std::size_t i = 0; i < from % kLanes; ++i) energy_j[from_group][i] = kTooLong;
      for (const Move& move : of_replicas) {
        if (move.end <= from_group) break;
        const Row& here = above[move.code];
        Row& there = below[move.below];
        for (std::size_t group = std::max(from_group, move.first); group < move.end; ++group)
          raise(there[group], here[group], energy_j[group]);
      }
    }
  }
}

inline void CountedOutlook::raise(Group& to, const Group& from, const Group& energy_j) {
  Group left_j;
  for (std::size_t i = 0; i < kLanes; ++i) left_j[i] = from[i] - energy_j[i];
  for (std::size_t i = 0; i < kLanes; ++i) to[i] = std::max(to[i], left_j[i]);
}

/// No plan is of use that belongs to the last intervals.
void CountedOutlook::end_where_hopeless() {
  std::vector<double> thresholds;
  this->thresholds(0, 0, 1, thresholds);
  for (std::size_t i = 0; i < kIntervals; ++i)
    if (thresholds[i + 1] <= 0) max_load_s_ = std::min(max_load_s_, from_s_[i]);
}

std::vector<Incumbent> CountedOutlook::intervals() const {
  std::vector<Incumbent> all;
  for (const double from_s : from_s_) all.push_back({from_s, 0});
  return all;
}

void CountedOutlook::thresholds(std::uint32_t ideal, std::size_t code, std::size_t known,
                                std::vector<double>& out) const {
  out.resize(kIntervals + 1);
  const Row& here = row(ideal, code);
  float most_j = 0;
  for (std::size_t i = kIntervals; i > 0 && i >= known; --i) {
    most_j = std::max(most_j, here[(i - 1) / kLanes][(i - 1) % kLanes]);
    out[i] = most_j > kAnything / 2 ? kCannot : static_cast<double>(most_j);
  }
}

}  // namespace cleave
