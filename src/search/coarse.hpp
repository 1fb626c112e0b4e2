#pragma once
/// Smaller problems within a problem: fewer devices, fewer places to cut.

#include "search/lattice.hpp"

#include <vector>

namespace cleave {

/// The table with fewer devices, until there are at most `max_codes` count vectors: first of the largest
/// classes, then without the classes on which the network would take longest.
[[nodiscard]] CostTable with_capped_counts(CostTable cost, std::size_t max_codes);

/// Prefixes of the operators, about `parts` of them, a like amount of work apart; both ends included.
[[nodiscard]] std::vector<bool> even_cuts(const CostTable& cost, std::size_t parts);

/// Of each level the `width` ideals whose boundary is cheapest to move: where cuts are likely.
[[nodiscard]] std::vector<bool> narrow_cuts(const CostTable& cost, const Lattice& lattice, std::size_t width);

}  // namespace cleave
