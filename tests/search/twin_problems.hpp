#pragma once
/// Problems some of whose branches look alike.

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <cstdint>
#include <vector>

namespace cleave::testing_support {

/// The problem with `copies` of some of its operators, which read what these read and are read by who reads these.
[[nodiscard]] CostTable with_copies(const CostTable& of, const std::vector<OpId>& branch, std::size_t copies);

/// The same problem with its operators in another order, in which data flows too.
[[nodiscard]] CostTable shuffled(const CostTable& of, std::uint64_t seed);

/// Three operators or four, of which one, or one and who reads it, have a copy or two; some with links.
[[nodiscard]] CostTable problem_with_twins(std::uint64_t seed);

/// By brute force: every contiguous plan has a plan of its score that has no later stage for `first[0]` than for
/// `later[0]`.
[[nodiscard]] bool loses_no_score(const CostTable& cost, const std::vector<TwinBranches>& twins);

}  // namespace cleave::testing_support
