#pragma once
/// NSGA-II (Deb, Pratap, Agarwal and Meyarivan, IEEE Trans. Evolutionary Computation 6, 2002) for spaces too large to
/// search in full: ranks by fronts, ties by crowding, binary tournaments. What it adds: evaluating a genome gives many
/// plans, each a member of the population; no genome is evaluated twice.

#include "space/figures.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// A position on each axis.
using Genome = std::vector<std::size_t>;

/// The non-dominated (period, energy, latency) of each of some genomes; where latency is no objective, it is 0.
using EvaluateGenomes = std::function<std::vector<std::vector<DesignFigures>>(const std::vector<Genome>&)>;

/// Evaluates genomes of `sizes` values per axis, generation by generation, until the evaluations are used or all
/// genomes are known, or `stopped` says so. What was found is what `evaluate` saw. Deterministic for a seed.
void evolve(const std::vector<std::size_t>& sizes, const Nsga2Options& options, const EvaluateGenomes& evaluate,
            const std::function<bool()>& stopped);

}  // namespace cleave
