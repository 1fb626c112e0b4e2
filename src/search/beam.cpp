// A beam over ideals, level by level. Of each level only the ideals that are kept have successors, so the work is that
// of the beam's width, not of the lattice's. A backward pass then drops what leads nowhere.
#include "search/beam.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace cleave {
namespace {

using Words = std::vector<std::uint64_t>;

bool has(const Words& words, OpId op) { return (words[op.at() / 64] >> (op.at() % 64)) & 1; }
void put(Words& words, OpId op) { words[op.at() / 64] |= std::uint64_t{1} << (op.at() % 64); }

bool valid_producer(const CostTable& cost, TensorId tensor) { return cost.tensors[tensor].producer.valid(); }

bool may_follow(const CostTable& cost, const Words& ideal, OpId op) {
  const auto& inputs = cost.inputs[op];
  return std::all_of(inputs.begin(), inputs.end(), [&](TensorId tensor) {
    return !valid_producer(cost, tensor) || has(ideal, cost.tensors[tensor].producer);
  });
}

/// Operators that may follow `ideal` because `op` is in it, ascending and once each.
std::vector<OpId> freed_by(const CostTable& cost, const Words& ideal, OpId op) {
  std::vector<OpId> freed;
  for (const TensorId tensor : cost.outputs[op])
    for (const OpId reader : cost.tensors[tensor].consumers)
      if (may_follow(cost, ideal, reader)) freed.push_back(reader);
  std::sort(freed.begin(), freed.end());
  freed.erase(std::unique(freed.begin(), freed.end()), freed.end());
  return freed;
}

std::vector<OpId> sources(const CostTable& cost) {
  std::vector<OpId> ready;
  const Words nothing(cost.operator_count() / 64 + 1, 0);
  for (const OpId op : cost.inputs.ids())
    if (may_follow(cost, nothing, op)) ready.push_back(op);
  return ready;
}

std::vector<OpId> order_of(const CostTable& cost, bool last_first) {
  std::vector<OpId> waiting = sources(cost);
  if (last_first) std::reverse(waiting.begin(), waiting.end());
  Words done(cost.operator_count() / 64 + 1, 0);
  std::vector<OpId> order;
  for (std::size_t next = 0; order.size() < cost.operator_count();) {
    const OpId op = last_first ? waiting.back() : waiting[next++];
    if (last_first) waiting.pop_back();
    order.push_back(op);
    put(done, op);
    std::vector<OpId> freed = freed_by(cost, done, op);
    if (last_first) std::reverse(freed.begin(), freed.end());
    waiting.insert(waiting.end(), freed.begin(), freed.end());
  }
  return order;
}

struct Ideal {
  Words members;
  std::vector<OpId> ready;  ///< ascending
  double boundary = 0;
};

/// A kept ideal and an operator that may follow it.
struct Step {
  std::size_t lower;
  OpId op;
};

/// An ideal of the next level, and all the steps that lead to it.
struct Candidate {
  Words members;
  double boundary;
  bool wanted;
  std::vector<Step> steps;
};

class Beam {
 public:
  Beam(const CostTable& cost, const std::vector<std::vector<OpId>>& orders, std::size_t width)
      : cost_(cost),
        orders_(orders),
        width_(width),
        bytes_(least_bytes(cost)),
        prefixes_(orders.size(), Words(cost.operator_count() / 64 + 1, 0)) {}

  std::optional<Lattice> run(const std::function<bool()>& give_up) {
    levels_.push_back({Kept{prefixes_.front(), {}}});
    std::vector<Ideal> level = {{prefixes_.front(), sources(cost_), 0}};
    for (std::size_t i = 0; i < cost_.operator_count(); ++i) {
      if (give_up()) return std::nullopt;
      for (std::size_t order = 0; order < orders_.size(); ++order) put(prefixes_[order], orders_[order][i]);
      level = next(level);
    }
    drop_dead_ends();
    std::vector<std::vector<Lattice::Member>> members;
    for (auto& kept : levels_) {
      members.emplace_back();
      for (Kept& ideal : kept) members.back().push_back({std::move(ideal.members), std::move(ideal.steps)});
    }
    return Lattice::of(std::move(members));
  }

 private:
  struct Kept {
    Words members;
    std::vector<Lattice::Cover> steps;  ///< `lower` counts within the level below
  };

  [[nodiscard]] double boundary_with(const Ideal& ideal, const Words& members, OpId op) const {
    double boundary = ideal.boundary;
    const auto read_later = [&](TensorId tensor) {
      const auto& readers = cost_.tensors[tensor].consumers;
      return std::any_of(readers.begin(), readers.end(), [&](OpId reader) { return !has(members, reader); });
    };
    for (const TensorId tensor : cost_.outputs[op]) boundary += read_later(tensor) ? bytes_[tensor] : 0;
    for (const TensorId tensor : cost_.inputs[op])
      if (valid_producer(cost_, tensor) && !read_later(tensor)) boundary -= bytes_[tensor];
    return boundary;
  }

  [[nodiscard]] std::vector<Candidate> successors(const std::vector<Ideal>& level) const {
    std::map<Words, std::size_t> known;
    std::vector<Candidate> found;
    for (std::size_t lower = 0; lower < level.size(); ++lower) {
      for (const OpId op : level[lower].ready) {
        Words members = level[lower].members;
        put(members, op);
        const auto [place, fresh] = known.try_emplace(members, found.size());
        if (fresh) {
          const bool wanted = std::find(prefixes_.begin(), prefixes_.end(), members) != prefixes_.end();
          const double boundary = boundary_with(level[lower], members, op);
          found.push_back({std::move(members), boundary, wanted, {}});
        }
        found[place->second].steps.push_back({lower, op});
      }
    }
    return found;
  }

  std::vector<Ideal> next(const std::vector<Ideal>& level) {
    std::vector<Candidate> found = successors(level);
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return std::tuple(!a.wanted, a.boundary) < std::tuple(!b.wanted, b.boundary);
    });
    const auto wanted = static_cast<std::size_t>(
        std::count_if(found.begin(), found.end(), [](const Candidate& one) { return one.wanted; }));
    found.resize(std::min(found.size(), wanted + width_));
    std::vector<Ideal> kept;
    levels_.emplace_back();
    for (Candidate& one : found) {
      Kept place{one.members, {}};
      for (const Step& step : one.steps) place.steps.push_back({step.op, static_cast<std::uint32_t>(step.lower)});
      levels_.back().push_back(std::move(place));
      const auto [lower, op] = one.steps.front();
      Ideal ideal{std::move(one.members), {}, one.boundary};
      for (const OpId other : level[lower].ready)
        if (other != op) ideal.ready.push_back(other);
      const std::vector<OpId> freed = freed_by(cost_, ideal.members, op);
      ideal.ready.insert(ideal.ready.end(), freed.begin(), freed.end());
      std::sort(ideal.ready.begin(), ideal.ready.end());
      kept.push_back(std::move(ideal));
    }
    return kept;
  }

  /// From the top down: keeps an ideal that some kept ideal above it steps from.
  void drop_dead_ends() {
    for (std::size_t above = levels_.size() - 1; above > 0; --above) {
      auto& level = levels_[above - 1];
      std::vector<bool> used(level.size(), false);
      for (const Kept& upper : levels_[above])
        for (const Lattice::Cover& step : upper.steps) used[step.lower] = true;
      std::vector<std::uint32_t> number(level.size(), 0);
      std::uint32_t kept = 0;
      for (std::size_t i = 0; i < level.size(); ++i) {
        number[i] = kept;
        if (!used[i]) continue;
        if (kept != i) level[kept] = std::move(level[i]);
        ++kept;
      }
      level.resize(kept);
      for (Kept& upper : levels_[above])
        for (Lattice::Cover& step : upper.steps) step.lower = number[step.lower];
    }
  }

  const CostTable& cost_;
  const std::vector<std::vector<OpId>>& orders_;
  std::size_t width_;
  IndexVector<TensorId, double> bytes_;
  std::vector<Words> prefixes_;  ///< of the orders, of the level at hand
  std::vector<std::vector<Kept>> levels_;
};

}  // namespace

IndexVector<TensorId, double> least_bytes(const CostTable& cost) {
  IndexVector<TensorId, double> bytes(cost.tensors.size(), kCannot);
  for (const TensorId tensor : cost.tensors.ids())
    for (const ModeId mode : cost.modes.ids())
      bytes[tensor] = std::min(bytes[tensor], cost.transfer_bytes(tensor, mode));
  return bytes;
}

std::vector<std::vector<OpId>> likely_orders(const CostTable& cost) {
  std::vector<OpId> own;
  for (const OpId op : cost.inputs.ids()) own.push_back(op);
  return {std::move(own), order_of(cost, true), order_of(cost, false)};
}

std::optional<Lattice> beam(const CostTable& cost, const std::vector<std::vector<OpId>>& orders, std::size_t width,
                            const std::function<bool()>& give_up) {
  return Beam(cost, orders, width).run(give_up);
}

}  // namespace cleave
