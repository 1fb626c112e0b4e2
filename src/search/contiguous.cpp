// Contiguous plans from coarse to fine: the chain of one linear order, then the whole lattice, each
// pruned by what is known already.
#include "search/counts.hpp"
#include "search/exact.hpp"
#include "search/lattice.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"
#include "search/stage_cost.hpp"

#include <numeric>

namespace cleave {
namespace {

/// States (ideal x counts) beyond which counts are capped: 24 bytes each even when empty.
constexpr std::size_t kMaxStates = 60'000'000;

/// The table with fewer devices, until the states fit: first of the largest classes, then without
/// the classes on which the network would take longest.
CostTable with_capped_counts(CostTable cost, std::size_t ideals) {
  const auto slowness = [&](ClassId device) {
    double seconds = 0;
    for (const ModeId mode : cost.modes.ids())
      if (cost.modes[mode].device_class == device)
        for (const OpId op : cost.inputs.ids()) seconds += cost.compute_s(op, mode);
    return seconds;
  };
  IndexVector<ClassId, double> seconds(cost.classes.size(), 0.0);
  for (const ClassId device : cost.classes.ids()) seconds[device] = slowness(device);
  while (Counts::number_of(cost) > static_cast<double>(kMaxStates / ideals)) {
    ClassId victim(0);
    for (const ClassId device : cost.classes.ids()) {
      const int more = cost.classes[device].count - cost.classes[victim].count;
      if (more > 0 || (more == 0 && seconds[device] > seconds[victim])) victim = device;
    }
    --cost.classes[victim].count;
  }
  return cost;
}

/// Prefixes of the operators, about `parts` of them, a like amount of work apart; both ends included.
std::vector<bool> even_cuts(const CostTable& cost, std::size_t parts) {
  double total = 0;
  for (const OpId op : cost.inputs.ids()) total += fastest_s(cost, op);
  std::vector<bool> cuts(cost.operator_count() + 1, false);
  double done = 0;
  double next = 0;
  for (const OpId op : cost.inputs.ids()) {
    cuts[op.at()] = done >= next;
    if (done >= next) next += total / static_cast<double>(parts);
    done += fastest_s(cost, op);
  }
  cuts.back() = true;
  return cuts;
}

/// Of each level the `width` ideals whose boundary is cheapest to move: where cuts are likely.
std::vector<bool> narrow_cuts(const CostTable& cost, const Lattice& lattice, std::size_t width) {
  IndexVector<TensorId, double> weight(cost.tensors.size(), kCannot);
  for (const TensorId tensor : cost.tensors.ids())
    for (const ModeId mode : cost.modes.ids())
      weight[tensor] = std::min(weight[tensor], cost.transfer_bytes(tensor, mode));
  const auto boundary = lattice.boundary(cost, weight);
  std::vector<bool> cuts(lattice.size(), false);
  for (std::size_t level = 0; level < lattice.levels(); ++level) {
    std::vector<std::uint32_t> ideals(lattice.last(level) - lattice.first(level));
    std::iota(ideals.begin(), ideals.end(), lattice.first(level));
    std::stable_sort(ideals.begin(), ideals.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return boundary[a] < boundary[b]; });
    for (std::size_t i = 0; i < std::min(width, ideals.size()); ++i) cuts[ideals[i]] = true;
  }
  return cuts;
}

class Contiguous {
 public:
  explicit Contiguous(const SearchContext& context) : context_(context) {}

  Outcome run() {
    const CostTable& cost = context_.problem.cost;
    std::vector<OpId> order;
    for (const OpId op : cost.inputs.ids()) order.push_back(op);
    const Lattice chain = Lattice::chain(cost, order);
    const auto lattice = Lattice::all(cost, context_.options.max_ideals, context_.stopped);
    const CostTable capped = with_capped_counts(cost, lattice ? lattice->size() : chain.size());
    const bool whole = lattice && Counts::number_of(capped) == Counts::number_of(cost);
    bool solved = solve_chain(chain, capped);
    if (lattice && lattice->size() != chain.size()) solved = solve_lattice(*lattice, capped);
    return {.exhaustive = whole && solved, .ideals = lattice ? lattice->size() : 0};
  }

 private:
  /// Finds the least period where nothing else counts.
  bool solve_period(const CostTable& cost, const Lattice& lattice, const char* phase) {
    double known_s = kCannot;
    for (const Score& score : context_.pool.scores()) known_s = std::min(known_s, score.period_s);
    const auto report = [&](double fraction) { context_.report(phase, fraction); };
    PeriodResult result = least_period(cost, lattice, known_s, context_.stopped, report);
    if (result.plan) context_.pool.add(std::move(*result.plan), phase);
    return result.finished;
  }

  bool solve(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const char* phase) {
    const auto report = [&](double fraction) { context_.report(phase, fraction); };
    ExactResult result = solve_exact(cost, lattice, cuts, context_.pool.scores(), context_.stopped, report);
    for (Plan& plan : result.plans) context_.pool.add(std::move(plan), phase);
    return result.finished;
  }

  /// From few cut positions to all: a coarse frontier is cheap and prunes most of the next finer one.
  /// True when the chain was solved to the end.
  bool solve_chain(const Lattice& chain, const CostTable& cost) {
    if (period_is_all(cost)) return solve_period(cost, chain, "chain");
    for (std::size_t parts = 8; parts < cost.operator_count(); parts *= 2)
      solve(cost, chain, even_cuts(cost, parts), "chain");
    return solve(cost, chain, std::vector<bool>(chain.size(), true), "chain");
  }

  /// Again from few cuts to all.
  bool solve_lattice(const Lattice& lattice, const CostTable& cost) {
    if (period_is_all(cost)) return solve_period(cost, lattice, "exact");
    const std::size_t mean_width = lattice.size() / lattice.levels();
    for (std::size_t width = 2; width < mean_width; width *= 3)
      solve(cost, lattice, narrow_cuts(cost, lattice, width), "lattice");
    return solve(cost, lattice, std::vector<bool>(lattice.size(), true), "exact");
  }

  const SearchContext& context_;
};

}  // namespace

Outcome solve_contiguous(const SearchContext& context) { return Contiguous(context).run(); }

}  // namespace cleave
