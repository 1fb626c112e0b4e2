#pragma once
/// What the search of a group of points found, and its form in a ledger.

#include <cleave/explore.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// The frontier of each of its points, as positions in `plans`.
struct GroupOutcome {
  std::vector<std::vector<std::size_t>> frontiers;  ///< by point of the group
  std::vector<FrontierPoint> plans;                 ///< their modes are those of the group's largest cluster
  std::vector<std::size_t> infeasible;              ///< positions of points that have no plan at all
  std::string reason;                               ///< why they have none
  bool quarantined = false;                         ///< it is not known which have: the search is not tried again
  bool finished = true;  ///< false: the search was stopped; points have the plans that were found by then, if any
};

/// What became of a group's search.
enum class SearchEvent {
  found,        ///< it is done
  begun,        ///< the process that ends here took this group with it, perhaps as the cause
  left,         ///< stopped as it was asked to
  quarantined,  ///< left out: processes had ended with it before
};

/// One line of JSON, without its end. Only plans that are on some frontier are in it.
[[nodiscard]] std::string line_of(std::size_t group, const GroupOutcome& outcome);

/// The same for another event than `found`.
[[nodiscard]] std::string line_of(std::size_t group, SearchEvent event);

/// What a line is about, without reading it between its ends; none where it is torn, or no entry of a ledger.
struct LedgerHead {
  std::size_t group = 0;
  SearchEvent event = SearchEvent::found;
};
[[nodiscard]] std::optional<LedgerHead> head_of(std::string_view line);

/// The group of a line and what was found. Of a score it has the three figures, not the stages. Throws InputError for
/// anything else.
struct LedgerEntry {
  std::size_t group = 0;
  SearchEvent event = SearchEvent::found;
  GroupOutcome outcome;  ///< if it was found
};
[[nodiscard]] LedgerEntry entry_of(std::string_view line, const std::string& file);

}  // namespace cleave
