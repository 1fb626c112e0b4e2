#pragma once
/// What may still become of a partial plan, by the exact costs of stages and the very devices that are left for them.

#include "base/parallel.hpp"
#include "search/bounds.hpp"
#include "search/counts.hpp"
#include "search/lattice.hpp"
#include "search/outlook.hpp"
#include "search/transitions.hpp"

#include <cleave/cost_table.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace cleave {

/// For an interval [p, q) of periods one pass down the lattice gives the dynamic energy from which on a partial plan,
/// of the operators I on devices k, is hopeless:
///   T(all, k) = (least energy known of period p at most on these devices or fewer) - p idle_w(k)
///   T(I, k)   = max over the stages from I to J on r devices of class c, of load q at most, of
///               T(J, k + r e_c) - energy of the stage
/// as final energy is at least the dynamic energy and p idle_w. StageOutlook has prices for devices; here they are
/// counted, so what is known of each sub-cluster judges the plans on its devices. Numbers are single precision, so that
/// four intervals are looked at at once, and rounded up: what is as good as a known plan is not hopeless.
///
/// Cost: O(stages x replicas x counts) for each four intervals in which they matter; 128 bytes a state.
class CountedOutlook {
 public:
  /// Are states and counts few enough?
  [[nodiscard]] static bool applies(const Lattice& lattice, const Counts& counts);

  /// `known`: by code what is known to run on these devices or fewer, by ascending period and descending energy (per
  /// batch); of all devices something is. Stages between ideals of `open`. `give_up` leaves bounds of no use. The
  /// other arguments must live as long.
  CountedOutlook(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
                 const std::vector<bool>& open, const std::vector<std::vector<Incumbent>>& known,
                 const std::function<bool()>& give_up);

  /// Where intervals begin, the first at 0: incumbents of an Outlook that is judged by this, of no energy.
  [[nodiscard]] std::vector<Incumbent> intervals() const;
  /// See Outlook::thresholds.
  void thresholds(std::uint32_t ideal, std::size_t code, std::size_t known, std::vector<double>& out) const;
  /// Ideals at which a stage may begin or end.
  [[nodiscard]] const std::vector<bool>& open() const { return open_; }
  /// Longer stages are of no use.
  [[nodiscard]] double max_load_s() const { return max_load_s_; }
  /// Those that may end at an ideal; none where they are too many to be kept.
  [[nodiscard]] const std::vector<Transition>* stages_to(std::uint32_t upper) const {
    return remembers_ ? &stages_[upper] : nullptr;
  }

 private:
  static constexpr std::size_t kIntervals = 32;
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kGroups = kIntervals / kLanes;
  /// As many intervals as the processor takes at once.
  struct alignas(16) Group : std::array<float, kLanes> {};
  using Row = std::array<Group, kGroups>;

  /// From a state to one with some devices less; the groups that matter to the former.
  struct Move {
    std::size_t code;
    std::size_t below;
    std::size_t first;
    std::size_t end;
  };
  /// Of one ideal, [class][replicas - 1], those whose groups end last first.
  using Moves = IndexVector<ClassId, std::vector<std::vector<Move>>>;

  [[nodiscard]] static Moves no_moves(const CostTable& cost);
  void sum_up();
  static void raise(Group& to, const Group& from, const Group& energy_j);
  void choose_intervals(const std::vector<std::vector<Incumbent>>& known);
  void start(const std::vector<std::vector<Incumbent>>& known);
  void pass(const std::function<bool()>& give_up);
  void collect(std::uint32_t begin, std::uint32_t end, std::uint32_t slot);
  void find_moves(std::uint32_t upper, Moves& moves);
  [[nodiscard]] Move matters(std::uint32_t ideal, std::size_t code);
  void relax(std::uint32_t upper, const std::vector<Transition>& stages, std::uint32_t first, std::uint32_t last,
             const Moves& moves);
  void end_where_hopeless();
  [[nodiscard]] const Row& row(std::uint32_t ideal, std::size_t code) const {
    return rows_[ideal * counts_.size() + code];
  }
  [[nodiscard]] Row& row(std::uint32_t ideal, std::size_t code) { return rows_[ideal * counts_.size() + code]; }

  const CostTable& cost_;
  const Lattice& lattice_;
  const Counts& counts_;
  const Bounds& bounds_;
  std::vector<bool> open_;
  std::array<double, kIntervals> from_s_ = {};
  std::array<double, kIntervals> to_s_ = {};
  double max_load_s_ = 0;
  std::vector<std::size_t> classes_;             ///< by code: the set of classes that it has devices of
  std::vector<std::vector<double>> done_j_;      ///< [set of classes][ideal]: least dynamic energy of its operators
  std::vector<double> with_idle_j_;              ///< by set: of all operators, with the idle energy of their own time
  std::vector<Row> rows_;                        ///< [ideal][code]
  std::vector<Moves> moves_;                     ///< of a block of ideals
  bool remembers_;                               ///< stages, for the search
  std::vector<std::vector<Transition>> stages_;  ///< by upper ideal: of all, or of a block
  PerThread<TransitionWalk> walks_;
};

}  // namespace cleave
