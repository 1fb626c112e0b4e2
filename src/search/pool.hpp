#pragma once
/// Every plan that the solvers come by: what nothing dominates.

#include "search/staircase.hpp"

#include <cleave/explore.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace cleave {

struct Candidate {
  double period_s = 0;
  double energy_j = 0;
  Plan plan = {};
  Score score = {};
  std::string solver = {};
};

/// Two frontiers: that of all plans, which prunes the search, and that of the plans within the limits,
/// which is the answer. Safe to call from
/// any thread; the content depends on the order of calls only in which of equal plans stays.
class Pool {
 public:
  explicit Pool(const Problem& problem) : problem_(problem) {}

  /// Prices a legal plan and keeps it unless it is dominated. `solver` says what found it.
  void add(Plan plan, const std::string& solver);
  /// By ascending period, without those that differ by rounding only.
  [[nodiscard]] std::vector<Candidate> answer() const;
  /// No known plan, within the limits or not, is better in one of period and energy and no worse in the other.
  [[nodiscard]] bool undominated(const Candidate& candidate) const;
  /// Of all known plans, limits or not: non-dominated in (period, energy), by ascending period.
  [[nodiscard]] std::vector<Score> scores() const;

 private:
  const Problem& problem_;
  mutable std::mutex mutex_;
  Staircase<Candidate> frontier_;
  Staircase<Candidate> allowed_;
};

}  // namespace cleave
