#pragma once
/// Every plan that the solvers come by: what nothing dominates.

#include "search/known.hpp"
#include "search/staircase.hpp"
#include "search/surface.hpp"

#include <cleave/explore.hpp>

#include <memory>
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

struct PlanFigures {
  double period_s = 0;
  double energy_j = 0;  ///< per inference
};

/// Two frontiers: that of all plans, which prunes the search, and that of the plans within the limits,
/// which is the answer. With latency as an objective the answer has three of them. Safe to call from
/// any thread; the content depends on the order of calls only in which of equal plans stays.
class Pool {
 public:
  Pool(const Problem& problem, bool latency) : problem_(problem), latency_(latency) {}

  /// Prices a legal plan and keeps it unless it is dominated. `solver` says what found it.
  void add(Plan plan, const std::string& solver);
  /// The same of many, one after the other; they are priced on all threads.
  void add_all(std::vector<Plan> plans, const std::string& solver);
  /// Figures (period of a batch, energy per inference) that some plan elsewhere has: what they dominate is not looked
  /// for.
  void assume(const Known& figures);
  /// By ascending period (then energy, then latency), without those that differ by rounding only.
  [[nodiscard]] std::vector<Candidate> answer() const;
  /// The figures of the answer, energy per inference: plans take long to copy.
  [[nodiscard]] std::vector<Known> answer_figures() const;
  /// Of all known plans, limits or not: non-dominated in (period, energy), by ascending period.
  [[nodiscard]] std::vector<Candidate> known() const;
  [[nodiscard]] std::vector<Score> scores() const;
  /// What is assumed. With two objectives `scores` has it too.
  [[nodiscard]] std::vector<Known> assumed() const;
  /// Of the answer as it stands, by ascending period, without the plans: those take long to copy.
  [[nodiscard]] std::vector<PlanFigures> figures() const;

 private:
  struct Allowed {
    double period_s;
    double energy_j;
    double latency_s;  ///< 0 where it is no objective
    std::shared_ptr<const Candidate> candidate;
  };
  void keep(Candidate candidate);
  [[nodiscard]] std::vector<Allowed> distinct() const;

  const Problem& problem_;
  bool latency_;
  mutable std::mutex mutex_;
  Staircase<Candidate> frontier_;
  Surface<Allowed> allowed_;
  std::vector<Known> assumed_;
};

}  // namespace cleave
