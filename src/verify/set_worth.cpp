// Operators are decided on one after the other, in or out, in the order that the evidence gives. What must be
// remembered of the past is, for each tensor that has been met and not yet seen to its end, whether its operators so
// far were all out, all in, or both: then its crossing of the border has been paid.
#include "verify/set_worth.hpp"

#include "verify/runnable.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace cleave::verify {
namespace {

constexpr std::size_t kMostDecisions = 20'000'000;
constexpr std::size_t kMostPairs = 40'000'000;  // of one layer
constexpr double kMostWork = 2e10;              // pairs looked at
constexpr double kRounding = 1e-2;              // of sums up to 2^30 in floating point, far below one

/// By slot: a tensor under way, or none ('o' as well).
using Past = std::string;
constexpr char kAllOut = 'o';
constexpr char kAllIn = 'i';
constexpr char kPaid = 'p';

/// A tensor with an operator that is about to be decided on.
struct Meeting {
  std::size_t slot = 0;
  double seconds = 0;
  bool open = false;  ///< it comes from the user or goes there: whoever has an operator of it pays
  bool first = false;
  bool last = false;
};

/// By place in the order: the tensors that an operator belongs to and whose crossing is paid in this mode.
std::vector<std::vector<Meeting>> meetings(const CostTable& cost, ModeId mode, const PeriodEvidence& evidence,
                                           std::size_t& slots) {
  std::vector<std::vector<Meeting>> at(evidence.order.size());
  slots = 0;
  if (cost.links || cost.classes[cost.modes[mode].device_class].overlap) return at;
  IndexVector<OpId, std::size_t> place(cost.operator_count());
  for (std::size_t i = 0; i < evidence.order.size(); ++i) place[evidence.order[i]] = i;
  struct Span {
    TensorId tensor;
    std::vector<std::size_t> places;
    bool open = false;
  };
  std::vector<std::vector<Span>> begun(evidence.order.size());  // by first place
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    Span span{.tensor = tensor, .places = {}, .open = use.leaves || !use.producer.valid()};
    for (const OpId op : use.consumers) span.places.push_back(place[op]);
    if (use.producer.valid()) span.places.push_back(place[use.producer]);
    std::sort(span.places.begin(), span.places.end());
    span.places.erase(std::unique(span.places.begin(), span.places.end()), span.places.end());
    const auto& ignored = evidence.ignored[mode];
    if (span.places.size() < (span.open ? 1 : 2) || !(cost.transfer_s(tensor, mode) > 0)) continue;
    if (std::find(ignored.begin(), ignored.end(), tensor) != ignored.end()) continue;
    begun[span.places.front()].push_back(std::move(span));
  }
  std::vector<std::size_t> taken_until;  // by slot: the last place of the tensor in it
  for (std::size_t i = 0; i < begun.size(); ++i)
    for (const Span& span : begun[i]) {
      auto slot = std::find_if(taken_until.begin(), taken_until.end(), [&](std::size_t last) { return last < i; });
      if (slot == taken_until.end()) slot = taken_until.insert(slot, 0);
      *slot = span.places.back();
      for (const std::size_t p : span.places)
        at[p].push_back({.slot = static_cast<std::size_t>(slot - taken_until.begin()),
                         .seconds = cost.transfer_s(span.tensor, mode),
                         .open = span.open,
                         .first = p == span.places.front(),
                         .last = p == span.places.back()});
    }
  slots = taken_until.size();
  return at;
}

/// What is remembered after an operator was decided on; adds what is paid from now on to `seconds`.
Past after(Past past, const std::vector<Meeting>& met, bool in, double& seconds) {
  const char mine = in ? kAllIn : kAllOut;
  for (const Meeting& one : met) {
    char& side = past[one.slot];
    if (one.first) side = mine;
    const bool pays = (one.open && in && side != kPaid) || (side != kPaid && side != mine);
    if (pays) {
      seconds += one.seconds;
      side = kPaid;
    }
    if (one.last) side = kAllOut;
  }
  return past;
}

/// A quotient that rounding made larger must not reach the next integer.
std::int64_t whole_steps(double seconds, double grid_s) {
  return static_cast<std::int64_t>(std::min(seconds / grid_s * (1 - 1e-12), 1e18));
}

/// The beginning of a set: no other of its state takes less and is worth more.
struct Beginning {
  std::int64_t steps = 0;
  std::int64_t worth = 0;
};

void drop_dominated(std::vector<Beginning>& all) {
  std::sort(all.begin(), all.end(), [](const Beginning& a, const Beginning& b) {
    return a.steps != b.steps ? a.steps < b.steps : a.worth > b.worth;
  });
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
  std::erase_if(all, [&](const Beginning& one) {
    if (one.worth <= most) return true;
    most = one.worth;
    return false;
  });
}

}  // namespace

SetsInLayers::SetsInLayers(const CostTable& cost, ModeId mode, const PeriodEvidence& evidence, std::int64_t most_steps)
    : launch_steps_(whole_steps(cost.modes[mode].stage_launch_s, evidence.grid_s)), states_{1} {
  std::size_t slots = 0;
  const auto met = meetings(cost, mode, evidence, slots);
  std::map<Past, std::uint32_t> layer{{Past(slots, kAllOut), 0}};
  std::vector<std::int64_t> least{0};  // steps, by state
  std::size_t decisions = 0;
  for (std::size_t i = 0; i < evidence.order.size(); ++i) {
    const OpId op = evidence.order[i];
    std::map<Past, std::uint32_t> next;
    std::vector<std::int64_t> next_least;
    layers_.emplace_back();
    for (const auto& [past, state] : layer)
      for (const bool in : {false, true}) {
        if (in && !can_run(cost, op, mode)) continue;
        double seconds = in ? cost.compute_s(op, mode) : 0;
        Past now = after(past, met[i], in, seconds);
        const std::int64_t steps = whole_steps(seconds, evidence.grid_s);
        if (least[state] + steps >= most_steps) continue;
        const auto [to, fresh] = next.try_emplace(std::move(now), static_cast<std::uint32_t>(next.size()));
        if (fresh) next_least.push_back(least[state] + steps);
        next_least[to->second] = std::min(next_least[to->second], least[state] + steps);
        layers_.back().push_back({state, to->second, steps, in ? evidence.profit[op] : 0});
        if (++decisions > kMostDecisions)
          throw VerificationError(
              fmt::format("its bound of the period takes more than {} decisions to verify; an order "
                          "in which fewer tensors are under way would take fewer",
                          kMostDecisions));
      }
    layer = std::move(next);
    least = std::move(next_least);
    states_.push_back(static_cast<std::uint32_t>(layer.size()));
  }
}

SetsInLayers::Earnings SetsInLayers::earnings(double price, std::int64_t steps) const {
  Earnings result{.price = price, .to_go = std::vector<std::vector<double>>(states_.size())};
  result.to_go.back().assign(states_.back(), 0);
  std::vector<double> taken(states_.back(), 0);  // by the completion that earns most
  for (std::size_t i = layers_.size(); i-- > 0;) {
    result.to_go[i].assign(states_[i], -kCannot);
    std::vector<double> taken_before(states_[i], 0);
    for (const Decision& decision : layers_[i]) {
      const auto time = static_cast<double>(decision.steps);
      const double earned = result.to_go[i + 1][decision.to] + decision.worth - price * time;
      if (earned <= result.to_go[i][decision.from]) continue;
      result.to_go[i][decision.from] = earned;
      taken_before[decision.from] = taken[decision.to] + time;
    }
    taken = std::move(taken_before);
  }
  result.fits = taken[0] < static_cast<double>(steps);
  return result;
}

/// Every price bounds; that at which the best path just fits does best from the start, and others later on.
std::vector<SetsInLayers::Earnings> SetsInLayers::telling_prices(std::int64_t steps) const {
  double too_low = 0;
  double enough = 1;
  while (!earnings(enough, steps).fits) enough *= 2;
  constexpr int halvings = 60;
  for (int i = 0; i < halvings; ++i) {
    const double price = (too_low + enough) / 2;
    (earnings(price, steps).fits ? enough : too_low) = price;
  }
  std::vector<Earnings> telling;
  for (const double factor : {1.0, 0.5, 0.7, 0.85, 0.95, 1.05, 1.15, 1.4, 2.0})
    telling.push_back(earnings(factor * enough, steps));
  return telling;
}

bool SetsInLayers::any_worth_more(std::int64_t worth, std::int64_t all_steps) const {
  const std::int64_t steps = all_steps - launch_steps_;
  if (worth < 0) return true;  // the empty set
  if (steps <= 0) return false;
  const std::vector<Earnings> prices = telling_prices(steps);
  const auto promising = [&](std::size_t layer, std::uint32_t state, const Beginning& one) {
    const auto left = static_cast<double>(steps - 1 - one.steps);
    const auto wanted = static_cast<double>(worth + 1 - one.worth) - kRounding;
    return std::all_of(prices.begin(), prices.end(),
                       [&](const Earnings& at) { return at.to_go[layer][state] + at.price * left >= wanted; });
  };
  std::vector<std::vector<Beginning>> layer{{Beginning{}}};
  double work = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::vector<std::vector<Beginning>> next(states_[i + 1]);
    std::size_t pairs = 0;
    for (const Decision& decision : layers_[i])
      for (const Beginning& before : layer[decision.from]) {
        const Beginning one{before.steps + decision.steps, before.worth + decision.worth};
        if (one.steps >= steps || !promising(i + 1, decision.to, one)) continue;
        next[decision.to].push_back(one);
        ++pairs;
      }
    work += static_cast<double>(pairs);
    if (pairs > kMostPairs || work > kMostWork)
      throw VerificationError("its bound of the period takes too many sets of operators to verify");
    for (std::vector<Beginning>& beginnings : next) drop_dominated(beginnings);
    layer = std::move(next);
  }
  return std::any_of(layer.begin(), layer.end(), [&](const std::vector<Beginning>& ends) {
    return std::any_of(ends.begin(), ends.end(), [&](const Beginning& one) { return one.worth > worth; });
  });
}

}  // namespace cleave::verify
