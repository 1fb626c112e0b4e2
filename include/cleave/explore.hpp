#pragma once
/// The search: a problem in, the whole frontier out, each point with its proof.

#include <cleave/evidence.hpp>
#include <cleave/plan.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Weights `w` of `w P/P_best + (1-w) E/E_best` for which a point is the best one.
struct WeightInterval {
  double lo = 0;
  double hi = 0;
};

struct FrontierPoint {
  Plan plan;
  Score score;
  /// Least energy (J per inference) at this period (and, where latency is an objective, this latency) or less: of
  /// contiguous plans where `proven`, else of any plan at all. Where no plan takes any energy the period is all that
  /// counts, and this is the least period (s).
  double bound = 0;
  double gap = 0;        ///< (energy - bound) / energy, or of the period where nothing takes energy; 0 where proven
  bool proven = false;   ///< no better plan exists: of contiguous ones, or of any where this one is not contiguous
  double any_bound = 0;  ///< as `bound`, over all plans, contiguous or not; 0: not known
  double any_gap = 0;
  std::optional<WeightInterval> weight = {};  ///< none: no weight selects it
  /// "exact" where proven, else what found it: "baseline", "chain", "lattice", "beam", "local", "ilp", "joint".
  std::string solver;
};

/// Non-dominated in (period, energy), or in (period, energy, latency), by ascending throughput.
struct Frontier {
  std::vector<FrontierPoint> points;
  std::size_t ideals = 0;  ///< downward-closed sets that the exact search covered (0: not run)
  double elapsed_s = 0;
  bool complete = true;     ///< false: stopped by a time limit or a cancel
  bool exhaustive = false;  ///< every contiguous plan was considered: what is not here is not there
  /// Where no plan takes any energy: why no plan at all has a lesser period (kind none where the search itself says
  /// so).
  PeriodEvidence period_evidence = {};
  /// Where labels were searched: why no plan at all takes less energy than `any_bound` says.
  std::vector<LabelEvidence> energy_evidence = {};

  /// The point that minimises the weighted score (1: throughput only, 0: energy only); ties go
  /// to the faster plan. Throws UsageError for a weight outside [0, 1].
  [[nodiscard]] const FrontierPoint& pick(double weight) const;
};

inline constexpr double kUnknownGap = std::numeric_limits<double>::quiet_NaN();

struct Progress {
  std::string phase;
  double fraction = 0;     ///< of this phase
  double elapsed_s = 0;    ///< since the search began
  std::size_t points = 0;  ///< non-dominated plans known by now, within the limits
  /// How far they may be from the best of all plans, contiguous or not: the largest gap of any of them to a bound that
  /// holds for all. Not a number before anything is known.
  double gap = kUnknownGap;
};

/// What is searched.
enum class Solver {
  automatic,  ///< contiguous plans, and all plans where that is likely to end within the time limit
  exact,      ///< contiguous plans only
  local,      ///< also any other plans, by local search
  ilp,        ///< also all plans without replicas, by integer programming
};
[[nodiscard]] std::string_view name_of(Solver solver);

struct ExploreOptions {
  Solver solver = Solver::automatic;
  bool latency = false;  ///< a third objective
  double time_limit_s = kCannot;
  std::uint64_t seed = 1;            ///< of the local search
  int threads = 0;                   ///< 0: all cores. The answer does not depend on it.
  std::size_t max_ideals = 250'000;  ///< beyond it a beam is searched instead
  std::function<void(const Progress&)> on_progress = {};
  std::stop_token stop = {};
};

/// The Pareto frontier of (period, energy), or with `latency` of (period, energy, latency), within the
/// problem's limits, all of which are exact. No points: no plan was found (see exhaustive).
[[nodiscard]] Frontier explore(const Problem& problem, const ExploreOptions& options = {});

/// What people would do without a search; each is a legal plan with a name.
struct Baseline {
  std::string name;  ///< "best single device", "even split", "greedy by priority"
  Plan plan;
  Score score;
};
[[nodiscard]] std::vector<Baseline> baselines(const Problem& problem);

}  // namespace cleave
