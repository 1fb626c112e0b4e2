#pragma once
/// Smaller problems within a problem: fewer devices, fewer places to cut.

#include "search/lattice.hpp"

#include <functional>

#include <vector>

namespace cleave {

/// The table with fewer devices, until there are at most `max_codes` count vectors: first of the largest
/// classes, then without the classes on which the network would take longest.
[[nodiscard]] CostTable with_capped_counts(CostTable cost, std::size_t max_codes);

/// Prefixes of the operators, about `parts` of them, a like amount of work apart; both ends included.
[[nodiscard]] std::vector<bool> even_cuts(const CostTable& cost, std::size_t parts);

/// How many parts to try after `parts`: four times as many, as one level prunes the next little better than the one
/// before it does; twice as many where vectors of counts are many, as so is what there is to prune.
[[nodiscard]] std::size_t finer(std::size_t parts, const CostTable& cost);

/// Of each level the `width` ideals whose boundary is cheapest to move: where cuts are likely.
[[nodiscard]] std::vector<bool> narrow_cuts(const CostTable& cost, const Lattice& lattice, std::size_t width);

/// Searches with cuts at some ideals; false when it was stopped.
using SolveWithCuts = std::function<bool(const Lattice&, const std::vector<bool>& cuts, const char* phase)>;
/// From few cuts to all, each search pruned by what those before found: of `chain`, then of `lattice`, if there is one
/// with more ideals. Returns what the last search, of all cuts, said.
bool refine(const CostTable& cost, const Lattice& chain, const Lattice* lattice, const SolveWithCuts& solve);

}  // namespace cleave
