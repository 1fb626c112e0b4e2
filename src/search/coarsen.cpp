#include "search/coarsen.hpp"

#include "search/beam.hpp"
#include "search/grouping.hpp"
#include "search/lattice.hpp"
#include "search/stage_cost.hpp"

#include <algorithm>
#include <numeric>

namespace cleave {
namespace {

constexpr std::size_t kNone = ~std::size_t{0};
constexpr int kMostRounds = 32;

/// Of each operator the only operator that reads its tensors (or, `backwards`, whose tensors it reads); kNone
/// where there are none or several.
std::vector<std::size_t> only_neighbours(const CostTable& cost, bool backwards) {
  std::vector<std::size_t> only(cost.operator_count(), kNone);
  std::vector<bool> several(cost.operator_count(), false);
  const auto meet = [&](OpId op, OpId other) {
    if (only[op.at()] != kNone && only[op.at()] != other.at()) several[op.at()] = true;
    only[op.at()] = other.at();
  };
  for (const TensorUse& use : cost.tensors)
    for (const OpId reader : use.consumers)
      if (use.producer.valid()) backwards ? meet(reader, use.producer) : meet(use.producer, reader);
  for (std::size_t op = 0; op < only.size(); ++op)
    if (several[op]) only[op] = kNone;
  return only;
}

/// Disjoint pairs to merge: by operator the operator it joins, itself where it stays alone.
std::vector<std::size_t> pairs_of(const CostTable& cost, double most_s, bool backwards) {
  const std::vector<std::size_t> only = only_neighbours(cost, backwards);
  std::vector<std::size_t> joins(cost.operator_count());
  std::iota(joins.begin(), joins.end(), std::size_t{0});
  std::vector<bool> taken(cost.operator_count(), false);
  for (std::size_t op = 0; op < only.size(); ++op) {
    const std::size_t other = only[op];
    if (other == kNone || taken[op] || taken[other]) continue;
    if (fastest_s(cost, OpId(op)) + fastest_s(cost, OpId(other)) > most_s) continue;
    taken[op] = taken[other] = true;
    joins[op] = other;
  }
  return joins;
}

}  // namespace

std::vector<std::size_t> even_parts(const CostTable& cost, std::span<const OpId> order, std::size_t parts) {
  std::vector<std::size_t> part_of(order.size());
  if (parts >= order.size()) {
    for (std::size_t i = 0; i < order.size(); ++i) part_of[order[i].at()] = i;
    return part_of;
  }
  const Lattice chain = Lattice::chain(cost, order);
  const std::vector<double> boundary = chain.boundary(cost, least_bytes(cost));
  double total_s = 0;
  for (const OpId op : order) total_s += fastest_s(cost, op);
  // Share i of the work holds the borders behind its operators; the best of them ends part i.
  std::vector<std::size_t> share(order.size());
  double done_s = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    done_s += fastest_s(cost, order[i]);
    const double place = total_s > 0 ? done_s / total_s : static_cast<double>(i) / static_cast<double>(order.size());
    share[i] = std::min(parts - 1, static_cast<std::size_t>(place * static_cast<double>(parts)));
  }
  std::size_t part = 0;
  for (std::size_t begin = 0, end = 0, next = 0; begin < order.size(); begin = end) {
    while (end < order.size() && share[end] == share[begin]) ++end;
    std::size_t best = begin;
    for (std::size_t i = begin; i < end; ++i)
      if (boundary[i + 1] < boundary[best + 1]) best = i;
    for (; next <= best; ++next) part_of[order[next].at()] = part;
    ++part;
    if (end == order.size() && next < end)
      for (; next < end; ++next) part_of[order[next].at()] = part;
  }
  return part_of;
}

std::vector<std::size_t> numbered_sets(const CostTable& cost, const std::vector<std::size_t>& set) {
  const std::size_t operators = set.size();
  std::vector<std::vector<std::size_t>> next(operators);
  std::vector<std::size_t> awaited(operators, 0);
  for (const TensorUse& use : cost.tensors)
    for (const OpId reader : use.consumers)
      if (use.producer.valid() && set[use.producer.at()] != set[reader.at()]) {
        next[set[use.producer.at()]].push_back(set[reader.at()]);
        ++awaited[set[reader.at()]];
      }
  std::vector<std::size_t> waiting;
  for (std::size_t op = operators; op-- > 0;)
    if (set[op] == op && awaited[op] == 0) waiting.push_back(op);
  std::vector<std::size_t> number(operators, kNone);
  for (std::size_t count = 0; !waiting.empty(); ++count) {
    const std::size_t first = waiting.back();
    waiting.pop_back();
    number[first] = count;
    for (const std::size_t reader : next[first])
      if (--awaited[reader] == 0) waiting.push_back(reader);
  }
  std::vector<std::size_t> by_operator(operators);
  for (std::size_t op = 0; op < operators; ++op) by_operator[op] = number[set[op]];
  return by_operator;
}

std::vector<std::size_t> merged_chains(const CostTable& cost, double most_s) {
  std::vector<std::size_t> group_of(cost.operator_count());
  std::iota(group_of.begin(), group_of.end(), std::size_t{0});
  CostTable smaller = cost;
  for (int round = 0, idle = 0; round < kMostRounds && idle < 2; ++round) {
    const auto number = numbered_sets(smaller, pairs_of(smaller, most_s, round % 2 == 1));
    for (std::size_t& group : group_of) group = number[group];
    const std::size_t before = smaller.operator_count();
    smaller = group(smaller, number).cost;
    idle = smaller.operator_count() == before ? idle + 1 : 0;
  }
  return group_of;
}

}  // namespace cleave
