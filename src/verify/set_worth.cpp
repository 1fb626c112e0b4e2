// Operators are decided on one after the other, in or out, in the order that the evidence gives. What must be
// remembered of the past is, for each tensor that has been met and not yet seen to its end, whether its operators so
// far were all out, all in, or both: then its crossing of the border has been paid.
#include "verify/set_worth.hpp"

#include "verify/runnable.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace cleave::verify {
namespace {

constexpr std::int32_t kUnreached = -(1 << 30);
constexpr double kMostCells = 3e8;  // of one layer, four bytes each
constexpr double kMostWork = 2e11;  // cells filled

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

/// The best profit for each time, from the least time on.
struct Row {
  std::size_t from = 0;
  std::vector<std::int32_t> worth;
};
using Layer = std::map<Past, Row>;

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
std::size_t whole_steps(double seconds, double grid_s) {
  return static_cast<std::size_t>(std::min(seconds / grid_s * (1 - 1e-12), 1e15));
}

/// Takes over what is better when `row` goes on by `shift` steps and `gain`.
void improve(Row& to, const Row& row, std::size_t shift, std::int32_t gain) {
  const std::size_t from = row.from + shift;
  const std::size_t count = row.worth.size() - shift;
  if (to.worth.empty()) to.from = from + count;
  if (from < to.from) {
    to.worth.insert(to.worth.begin(), to.from - from, kUnreached);
    to.from = from;
  }
  std::int32_t* const target = to.worth.data() + (from - to.from);
  const std::int32_t* const source = row.worth.data();
  for (std::size_t q = 0; q < count; ++q) target[q] = std::max(target[q], source[q] + gain);
}

}  // namespace

std::vector<std::int32_t> set_worth(const CostTable& cost, ModeId mode, const PeriodEvidence& evidence,
                                    std::size_t steps) {
  std::size_t slots = 0;
  const auto met = meetings(cost, mode, evidence, slots);
  Layer layer;
  layer[Past(slots, kAllOut)] = {0, std::vector<std::int32_t>(steps, 0)};
  double work = 0;
  for (std::size_t i = 0; i < evidence.order.size(); ++i) {
    const OpId op = evidence.order[i];
    Layer next;
    double cells = 0;
    for (const auto& [past, row] : layer)
      for (const bool in : {false, true}) {
        if (in && !can_run(cost, op, mode)) continue;
        double seconds = in ? cost.compute_s(op, mode) : 0;
        Past now = after(past, met[i], in, seconds);
        const std::size_t shift = whole_steps(seconds, evidence.grid_s);
        if (shift >= row.worth.size()) continue;
        Row& to = next[std::move(now)];
        const std::size_t before = to.worth.size();
        improve(to, row, shift, in ? evidence.profit[op] : 0);
        cells += static_cast<double>(to.worth.size() - before);
        work += static_cast<double>(row.worth.size() - shift);
        if (cells > kMostCells || work > kMostWork)
          throw VerificationError(fmt::format(
              "its bound of the period takes more than {:.0g} numbers to verify; a coarser grid would take fewer",
              cells > kMostCells ? kMostCells : kMostWork));
      }
    layer = std::move(next);
  }
  const std::size_t launch = whole_steps(cost.modes[mode].stage_launch_s, evidence.grid_s);
  std::vector<std::int32_t> best(steps, 0);
  for (const auto& [past, row] : layer)
    for (std::size_t q = 0; q < row.worth.size() && row.from + launch + q < steps; ++q)
      best[row.from + launch + q] = std::max(best[row.from + launch + q], row.worth[q]);
  return best;
}

}  // namespace cleave::verify
