#include "search/coarse.hpp"

#include "search/counts.hpp"
#include "search/stage_cost.hpp"

#include <algorithm>
#include <numeric>

namespace cleave {

CostTable with_capped_counts(CostTable cost, std::size_t max_codes) {
  const auto slowness = [&](ClassId device) {
    double seconds = 0;
    for (const ModeId mode : cost.modes.ids())
      if (cost.modes[mode].device_class == device)
        for (const OpId op : cost.inputs.ids()) seconds += cost.compute_s(op, mode);
    return seconds;
  };
  IndexVector<ClassId, double> seconds(cost.classes.size(), 0.0);
  for (const ClassId device : cost.classes.ids()) seconds[device] = slowness(device);
  while (Counts::number_of(cost) > static_cast<double>(max_codes)) {
    ClassId victim(0);
    for (const ClassId device : cost.classes.ids()) {
      const int more = cost.classes[device].count - cost.classes[victim].count;
      if (more > 0 || (more == 0 && seconds[device] > seconds[victim])) victim = device;
    }
    --cost.classes[victim].count;
  }
  return cost;
}

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

std::size_t finer(std::size_t parts, const CostTable& cost) {
  constexpr double many_counts = 1000;
  return parts * (Counts::number_of(cost) < many_counts ? 4 : 2);
}

bool refine(const CostTable& cost, const Lattice& chain, const Lattice* lattice, const SolveWithCuts& solve) {
  // Half of the cuts take almost as long as all, and all of the chain as long as a lattice that is little more.
  for (std::size_t parts = 8; 2 * parts < cost.operator_count(); parts *= 2)
    solve(chain, even_cuts(cost, parts), "chain");
  const bool more = lattice && lattice->size() != chain.size();
  if (!more || lattice->size() > 2 * chain.size()) {
    const bool solved = solve(chain, std::vector<bool>(chain.size(), true), "chain");
    if (!more) return solved;
  }
  const std::size_t mean_width = lattice->size() / lattice->levels();
  for (std::size_t width = 2; width < mean_width; width *= 3)
    solve(*lattice, narrow_cuts(cost, *lattice, width), "lattice");
  return solve(*lattice, std::vector<bool>(lattice->size(), true), "exact");
}

}  // namespace cleave
