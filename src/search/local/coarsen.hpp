#pragma once
/// A smaller problem whose plans are plans of the larger one, at exactly the same price.

#include "search/local/random.hpp"

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave::local {

/// Clusters of operators that stay together, as the operators of a cost table of their own.
struct Coarse {
  CostTable cost;                         ///< without links; its operators are in no particular order
  std::vector<std::uint32_t> cluster_of;  ///< by operator of the finer table
};

/// Joins operators in pairs, those first that save the most time in transfers for their work (heavy-edge matching;
/// Karypis and Kumar, SIAM J. Sci. Comput. 20, 1998). No pair of more than `most_s` seconds of work is made, nor one
/// that no mode runs. `random` says in which order operators choose.
[[nodiscard]] Coarse coarsen(const CostTable& cost, double most_s, Random& random);

}  // namespace cleave::local
