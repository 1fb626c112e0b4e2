#pragma once
/// What is in a group: from the ledger of a sweep, or searched.

#include "search/surface.hpp"
#include "space/group_search.hpp"
#include "space/ledger.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cleave {

class GroupFinder {
 public:
  using Outcome = std::shared_ptr<const GroupOutcome>;

  /// All that is referred to must live as long.
  GroupFinder(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options);

  /// Throws what Ledger throws. Without one nothing is kept.
  void open_ledger(const SweepIdentity& identity);

  /// Without a search; none where it needs one. Of a settled group that it has no plans. Once: the ledger forgets it.
  /// From any thread, as all of these.
  [[nodiscard]] Outcome known(const GroupTask& task);
  /// Goes into the ledger, unless it was stopped: then what it found by then is not all.
  [[nodiscard]] Outcome search(const GroupTask& task);

  /// Groups that other processes have written to the ledger since.
  [[nodiscard]] std::vector<std::size_t> news();
  /// Does the ledger have it?
  [[nodiscard]] bool has(std::size_t group) const;
  /// Has this process of the sweep written to the ledger?
  [[nodiscard]] bool heard_of(std::size_t rank) const;
  /// Have processes ended with this group?
  [[nodiscard]] bool suspects(std::size_t group) const { return ledger_ && ledger_->ends(group) > 0; }
  /// For the next sweep to try it once more.
  void tell_quarantined(std::size_t group);
  /// Writes what is found so far.
  void flush();

 private:
  [[nodiscard]] bool is_left_out(std::size_t group) const;
  [[nodiscard]] Outcome in_ledger(const GroupTask& task);
  [[nodiscard]] GroupOutcome no_plans(const GroupTask& task, const std::string& why) const;
  void learn(const GroupTask& task, const GroupOutcome& outcome);
  [[nodiscard]] std::vector<Known> incumbents(std::size_t model);

  const DesignSpace& space_;
  const DesignIndex& index_;
  const SpaceOptions& options_;
  mutable std::mutex ledger_mutex_;  ///< what it has; it guards itself what it writes
  std::optional<Ledger> ledger_;
  std::mutex best_mutex_;
  std::vector<Surface<Known>> best_;  ///< figures so far, by model
};

}  // namespace cleave
