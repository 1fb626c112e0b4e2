#include "search/any_bounds/set_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace cleave {
namespace {

/// Of a crossing that is under way: all its operators so far are out, all are in, or it is paid.
enum Side : char { kOut = 0, kIn = 1, kPaid = 2 };

/// Crossings under way and their sides, in the order in which they began.
using State = std::string;

struct Visit {
  std::size_t crossing = 0;
  bool first = false;
  bool last = false;
};

class Builder {
 public:
  Builder(const StageTime& time, const std::vector<OpId>& order, double horizon_s, double least_crossing_s)
      : time_(time), order_(order), horizon_s_(horizon_s), visits_(order.size()) {
    IndexVector<OpId, std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (std::size_t e = 0; e < time.crossings.size(); ++e) {
      if (time.crossings[e].seconds < least_crossing_s) continue;
      std::vector<std::size_t> at;
      for (const OpId op : time.crossings[e].pins) at.push_back(place[op]);
      std::sort(at.begin(), at.end());
      for (const std::size_t i : at) visits_[i].push_back({e, i == at.front(), i == at.back()});
    }
  }

  /// None where a layer would have more than `most_states`.
  std::optional<SetSweep> build(std::size_t most_states) {
    SetSweep sweep{.mode = time_.mode, .launch_s = time_.launch_s};
    std::vector<State> layer{State()};
    std::vector<double> least_s{0};
    for (std::size_t i = 0; i < order_.size(); ++i) {
      SweepStep step{.op = order_[i]};
      std::map<State, std::uint32_t> next;
      std::vector<double> next_least_s;
      for (std::uint32_t from = 0; from < layer.size(); ++from)
        for (const bool in : {false, true}) {
          double seconds = in ? time_.compute_s[order_[i]] : 0;
          const State state = decide(i, layer[from], in, seconds);
          if (least_s[from] + seconds > horizon_s_) continue;
          const auto [entry, fresh] = next.try_emplace(state, static_cast<std::uint32_t>(next.size()));
          if (fresh) next_least_s.push_back(kCannot);
          next_least_s[entry->second] = std::min(next_least_s[entry->second], least_s[from] + seconds);
          step.moves.push_back({from, entry->second, in, seconds});
        }
      if (next.size() > most_states) return std::nullopt;
      layer.resize(next.size());
      for (const auto& [state, index] : next) layer[index] = state;
      least_s = std::move(next_least_s);
      step.states = static_cast<std::uint32_t>(layer.size());
      under_way_ = after(i);
      sweep.steps.push_back(std::move(step));
    }
    return sweep;
  }

 private:
  [[nodiscard]] std::vector<std::size_t> after(std::size_t i) const {
    std::vector<std::size_t> rest;
    const auto ends = [&](std::size_t e) {
      return std::any_of(visits_[i].begin(), visits_[i].end(),
                         [&](const Visit& v) { return v.crossing == e && v.last; });
    };
    for (const std::size_t e : under_way_)
      if (!ends(e)) rest.push_back(e);
    for (const Visit& visit : visits_[i])
      if (visit.first && !visit.last) rest.push_back(visit.crossing);
    return rest;
  }

  /// The state after the i-th operator; adds what becomes certain to `seconds`.
  [[nodiscard]] State decide(std::size_t i, const State& before, bool in, double& seconds) const {
    const char mine = in ? kIn : kOut;
    State state;
    std::size_t ongoing = 0;
    for (; ongoing < under_way_.size(); ++ongoing) {
      char side = before[ongoing];
      bool ends = false;
      for (const Visit& visit : visits_[i]) {
        if (visit.crossing != under_way_[ongoing]) continue;
        ends = visit.last;
        if (side != kPaid && side != mine) {
          side = kPaid;
          seconds += time_.crossings[visit.crossing].seconds;
        }
      }
      if (!ends) state.push_back(side);
    }
    for (const Visit& visit : visits_[i]) {
      if (!visit.first) continue;
      const Crossing& crossing = time_.crossings[visit.crossing];
      const bool pays = in && crossing.open;
      if (pays) seconds += crossing.seconds;
      if (!visit.last) state.push_back(pays ? static_cast<char>(kPaid) : mine);
    }
    return state;
  }

  const StageTime& time_;
  const std::vector<OpId>& order_;
  double horizon_s_;
  std::vector<std::vector<Visit>> visits_;  ///< by place in the order
  std::vector<std::size_t> under_way_;
};

/// Removes moves and states from which every completion exceeds the horizon.
void trim(SetSweep& sweep, double horizon_s) {
  std::vector<std::vector<double>> least_s{{0.0}};  // by layer
  for (const SweepStep& step : sweep.steps) {
    std::vector<double> next(step.states, kCannot);
    for (const SweepMove& move : step.moves)
      next[move.to] = std::min(next[move.to], least_s.back()[move.from] + move.seconds);
    least_s.push_back(std::move(next));
  }
  std::vector<double> to_go_s{0.0};
  std::vector<std::uint32_t> name{0};
  for (std::size_t i = sweep.steps.size(); i-- > 0;) {
    SweepStep& step = sweep.steps[i];
    const std::vector<double>& before_s = least_s[i];
    std::erase_if(step.moves, [&](const SweepMove& move) {
      return before_s[move.from] + move.seconds + to_go_s[move.to] > horizon_s;
    });
    std::vector<double> further_s(before_s.size(), kCannot);
    for (SweepMove& move : step.moves) {
      further_s[move.from] = std::min(further_s[move.from], move.seconds + to_go_s[move.to]);
      move.to = name[move.to];
    }
    step.states = static_cast<std::uint32_t>(
        std::count_if(to_go_s.begin(), to_go_s.end(), [](double s) { return std::isfinite(s); }));
    to_go_s = std::move(further_s);
    name.assign(to_go_s.size(), 0);
    std::uint32_t kept = 0;
    for (std::size_t s = 0; s < to_go_s.size(); ++s)
      if (std::isfinite(to_go_s[s])) name[s] = kept++;
    for (SweepMove& move : step.moves) move.from = name[move.from];
    std::sort(step.moves.begin(), step.moves.end(), [](const SweepMove& a, const SweepMove& b) {
      return a.to != b.to ? a.to < b.to : a.from != b.from ? a.from < b.from : a.in < b.in;
    });
  }
}

/// For each operator the crossings that it is a pin of.
IndexVector<OpId, std::vector<std::size_t>> crossings_of(const StageTime& time) {
  IndexVector<OpId, std::vector<std::size_t>> of(time.compute_s.size());
  for (std::size_t e = 0; e < time.crossings.size(); ++e)
    for (const OpId op : time.crossings[e].pins) of[op].push_back(e);
  return of;
}

/// Next is always the operator that leaves the fewest crossings under way.
std::vector<OpId> greedy_order(const StageTime& time) {
  const auto of = crossings_of(time);
  std::vector<std::size_t> seen(time.crossings.size(), 0);
  std::vector<OpId> left;
  for (const OpId op : time.compute_s.ids()) left.push_back(op);
  const auto opened = [&](OpId op) {
    int change = 0;
    for (const std::size_t e : of[op]) change += (seen[e] == 0) - (seen[e] + 1 == time.crossings[e].pins.size());
    return change;
  };
  constexpr std::size_t window = 400;  // of candidates, in the network's order: keeps it from growing with the square
  std::vector<OpId> order;
  while (!left.empty()) {
    const auto end = left.begin() + static_cast<std::ptrdiff_t>(std::min(left.size(), window));
    const auto next = std::min_element(left.begin(), end, [&](OpId a, OpId b) { return opened(a) < opened(b); });
    order.push_back(*next);
    for (const std::size_t e : of[*next]) ++seen[e];
    left.erase(next);
  }
  return order;
}

/// The sum over all layers of 2^(crossings under way): what the order costs.
double width(const StageTime& time, const std::vector<OpId>& order) {
  const auto of = crossings_of(time);
  std::vector<std::size_t> seen(time.crossings.size(), 0);
  int under_way = 0;
  double sum = 0;
  for (const OpId op : order) {
    for (const std::size_t e : of[op]) {
      under_way += seen[e] == 0;
      under_way -= ++seen[e] == time.crossings[e].pins.size();
    }
    sum += std::exp2(under_way);
  }
  return sum;
}

}  // namespace

std::size_t SetSweep::moves() const {
  std::size_t sum = 0;
  for (const SweepStep& step : steps) sum += step.moves.size();
  return sum;
}

std::size_t SetSweep::states() const {
  std::size_t sum = 0;
  for (const SweepStep& step : steps) sum += step.states;
  return sum;
}

SetSweep set_sweep(const StageTime& time, const std::vector<OpId>& order, double horizon_s, std::size_t most_states) {
  std::vector<double> costs{0};
  for (const Crossing& crossing : time.crossings) costs.push_back(crossing.seconds);
  std::sort(costs.begin(), costs.end());
  constexpr int attempts = 8;  // leave out none, an eighth, ... all of the crossings
  for (int attempt = 0; attempt <= attempts; ++attempt) {
    const double least_s =
        attempt == attempts ? kCannot : costs[costs.size() * static_cast<std::size_t>(attempt) / attempts];
    auto sweep = Builder(time, order, horizon_s, least_s).build(most_states);
    if (!sweep) continue;
    for (const Crossing& crossing : time.crossings)
      if (crossing.seconds < least_s) sweep->ignored.push_back(crossing.tensor);
    trim(*sweep, horizon_s);
    return *sweep;
  }
  return {};  // not reached: without crossings a layer has one state
}

std::vector<OpId> sweep_order(const StageTime& time) {
  std::vector<OpId> own;
  for (const OpId op : time.compute_s.ids()) own.push_back(op);
  std::vector<OpId> greedy = greedy_order(time);
  return width(time, greedy) < width(time, own) ? greedy : own;
}

}  // namespace cleave
