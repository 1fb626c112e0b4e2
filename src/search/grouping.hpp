#pragma once
/// Smaller tables that stand for a part of the plans of a larger one, with the way back.

#include <cleave/plan.hpp>

#include <cstddef>
#include <vector>

namespace cleave {

/// A table whose operators are groups of operators. Its plans are those of the original in which no stage border
/// parts a group: each scores the same there, up to rounding.
struct Grouping {
  CostTable cost;
  std::vector<std::vector<OpId>> members;  ///< by group, ascending

  [[nodiscard]] Plan expand(const Plan& grouped) const;
};

/// `group_of[op]` numbers the groups 0, 1, ... in an order in which data flows: no operator reads from a later group.
[[nodiscard]] Grouping group(const CostTable& cost, const std::vector<std::size_t>& group_of);

/// A table whose devices are teams of devices. Its plans are those of the original in which a stage has a multiple of
/// `size[class]` replicas: a team does a batch in 1/size of the time and idles at size times the power. Period and
/// energy are those of the expanded plan, its latency is not.
struct Teams {
  CostTable cost;
  IndexVector<ClassId, int> size;

  [[nodiscard]] Plan expand(Plan of_teams) const;
};

/// Teams as small as possible for which there are at most `most_codes` vectors of usage counts. Devices that no whole
/// team is left for are not used, nor those of a class without replication that are too many.
[[nodiscard]] Teams teams_within(const CostTable& cost, std::size_t most_codes);

}  // namespace cleave
