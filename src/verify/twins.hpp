#pragma once
/// Branches that could change places: of plans that differ in nothing else, one is enough.

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <string>
#include <vector>

namespace cleave::verify {

/// Why it may lose a score to look only at plans that have the first operator of each `first` in no later stage than
/// that of `later`; empty where it loses none.
///
/// The exchanges must leave the problem as it is, and of the operators that one moves, its `first[0]` must come before
/// all others in one order for all of them. Then compare the stages of a plan's operators in that order with those of
/// its images: the plan whose list of stages is the least keeps to all, as otherwise an exchange would lower it (a
/// lex-leader; Crawford et al., KR 1996).
[[nodiscard]] std::string flaw_of(const CostTable& cost, const std::vector<TwinBranches>& twins);

}  // namespace cleave::verify
