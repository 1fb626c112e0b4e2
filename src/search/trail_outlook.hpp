#pragma once
/// When can a partial plan still become one that no known plan dominates in period, energy and latency?

#include "search/bounds.hpp"
#include "search/known.hpp"
#include "search/trail_potential.hpp"

#include <functional>
#include <span>
#include <vector>

namespace cleave {

/// What limits the answer. As of known plans the energy is that of a batch, idling included.
using Ceiling = Known;

/// Potentials: for weights a (of energy) and w (of latency), and periods in [p, q], the least of
///   sum over the stages to come of  a (energy + p idle_w r) + w duration
/// over all ways from a state to the full set, with the devices that are free, by stages whose load is at most q; the
/// duration counts for stages on one fixed critical path only, whose stages follow one another whatever the plan. So it
/// bounds a E + w (L - when the path has come to the border) from below. What waits for several branches tells more: a
/// *gate* is an operator on the path that nothing passes by. It starts when all the tensors at the border that lead to
/// it have arrived, and where durations count from its stage on only, the least bounds a E + w (L - when they arrived).
/// Where the counts are too many, the classes of the most devices have prices mu_c >= 0 instead: stages pay mu_c r
/// more, and the value sum_c mu_c n_c of the n_c devices that are free is taken off.
///
/// A partial plan is hopeless at a period when the known plans that are as fast dominate every (E, L) that the
/// bounds allow: when each corner of their staircase lies below some bound.
class TrailOutlook {
 public:
  struct Question {
    std::vector<Known> known;
    Ceiling ceiling;
    bool timed;
    bool all_devices;  ///< only plans that power all are asked for: then all of them idle in every bound
  };
  /// Once `give_up` says so it is left half made, and must not be asked.
  TrailOutlook(const CostTable& cost, const std::vector<TrailEnd>& ends, const Counts& counts, const Bounds& bounds,
               Question question, const std::function<bool()>& give_up);

  /// What is known of a state, whatever the label.
  struct Aim {
    bool open = false;
    double least_s = 0;  ///< period of any completion
    double idle_w = 0;
    std::vector<double> to_go;      ///< by interval and potential, the value of free devices taken off
    std::vector<double> from_gate;  ///< the same from the next gate on
    std::size_t last_interval = 0;  ///< the interval and the corner that kept the last label alive
    std::size_t last_corner = 0;
  };
  void aim(std::uint32_t ideal, std::size_t code, Aim& aim) const;

  /// A label of a state: a lower bound of its period, its dynamic energy, when what is to come can begin, and a lower
  /// bound of its latency.
  [[nodiscard]] bool alive(Aim& aim, double period_s, double energy_j, const Arrival& arrival, double finished_s) const;

 private:
  struct Corner {
    double latency_s;
    double energy_j;
  };
  /// Corners of the known plans that are as fast as some period, by ascending latency and descending energy, and what
  /// they come to under the mixtures of an interval.
  struct CornerTable {
    std::vector<double> latency_s;
    std::vector<double> energy_j;
    std::size_t blocks = 0;
    std::vector<double> value;  ///< [mixture][corner], padded to whole blocks
    std::vector<double> most;   ///< [mixture][block]: the largest value
  };
  struct Interval {
    double from_s = 0;
    double to_s = 0;
    std::vector<Potential> potentials;  ///< energy alone, latency alone, mixtures
    std::size_t first_to_go = 0;        ///< of its potentials in `Aim::to_go`
    std::size_t first_list = 0;         ///< the list of corners that holds from the beginning ...
    std::vector<CornerTable> tables;    ///< ... and those that begin to hold within the interval
  };

  void fill(std::span<Interval> intervals, const std::vector<TrailEnd>& ends, const std::function<bool()>& give_up);
  void choose_intervals();
  void choose_weights(Interval& interval) const;
  void make_tables(Interval& interval) const;
  [[nodiscard]] double best_known(const Interval& interval, const Potential& potential) const;
  [[nodiscard]] std::size_t max_codes(std::size_t ideals) const;
  [[nodiscard]] std::vector<Corner> corners_until(double period_s) const;
  [[nodiscard]] std::size_t corner_list(double period_s) const;
  /// A label as seen from an interval: bounds, already raised by rounding, of energy, of latency, and of the mixtures.
  struct View {
    const Interval& interval;
    const CornerTable& corners;
    const double* to_go;
    const double* from_gate;
    double energy_j;
    Arrival arrival;
    double least_j;
    double least_s;

    [[nodiscard]] double bound(std::size_t mixture) const;
  };
  [[nodiscard]] View view(const Aim& aim, const Interval& interval, double period_s, double energy_j,
                          const Arrival& arrival, double finished_s) const;
  [[nodiscard]] static bool is_open(const View& label, std::size_t corner);
  [[nodiscard]] static bool open_corner(const View& label, std::size_t& corner);

  const CostTable& cost_;
  const Counts& counts_;
  const Bounds& bounds_;
  std::vector<Known> known_;  ///< by ascending period
  Ceiling ceiling_;
  bool timed_;
  bool all_devices_;
  std::vector<Interval> intervals_;
  CountedClasses counted_;
  std::size_t stride_ = 0;           ///< potentials of all intervals
  std::vector<double> corner_from_;  ///< periods at which a list of corners begins to hold
};

}  // namespace cleave
