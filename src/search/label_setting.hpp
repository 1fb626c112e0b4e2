#pragma once
/// The dynamic program under the frontier of a cluster and of all its sub-clusters: for every state (ideal, usage
/// counts) the partial plans that nothing dominates.

#include "base/parallel.hpp"
#include "search/fronts.hpp"
#include "search/label_contest.hpp"
#include "search/outlook.hpp"
#include "search/period_cells.hpp"
#include "search/step_lists.hpp"

#include <cleave/plan.hpp>

#include <functional>
#include <vector>

namespace cleave {

class LabelSetting {
 public:
  /// Stages begin and end at the ideals of `open` only and take `max_load_s` at most; what `outlook` calls hopeless
  /// is forgotten. All that is referred to must live as long.
  LabelSetting(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
               const Outlook& outlook, const std::vector<bool>& open, double max_load_s);

  /// False when `give_up` said so; it is polled and must be safe to call from any thread.
  bool run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress);

  /// Of all operators on exactly the devices `code`, by ascending period.
  [[nodiscard]] std::vector<Figures> finals(std::size_t code) const;
  [[nodiscard]] Plan plan_of(std::size_t code, std::size_t index) const;
  /// On average, of the states that have any.
  [[nodiscard]] double labels_per_state() const;

 private:
  /// Of an ideal that has been solved, by code and ascending period.
  struct Labels {
    std::vector<double> period_s;
    std::vector<double> energy_j;
    std::vector<std::uint32_t> cell;
    std::vector<LabelOrigin> origin;
    std::vector<std::size_t> codes;  ///< those that have labels
  };
  /// The least of each number of a state's labels, as most extensions are refused on these alone, and where they are:
  /// from `first` to that of the next code. Of states without labels only that of the code before says anything.
  struct Brief {
    double period_s = kCannot;
    double energy_j = kCannot;
    std::uint32_t cell = 0;
    std::uint32_t first = 0;
  };
  /// A state that is being solved.
  struct Target {
    double least_s = 0;      ///< period of any completion
    std::uint32_t cell = 0;  ///< of that
    std::vector<double> thresholds = {};
    LabelContest contest = {};
  };
  /// An ideal that is being solved.
  struct Desk {
    Fronts fronts;
    std::vector<std::vector<Label>> labels;  ///< by code
  };
  /// An ideal and its steps.
  struct Task {
    std::uint32_t ideal;
    const StepLists* steps;
  };

  [[nodiscard]] std::vector<double> sample_loads();
  [[nodiscard]] Desk new_desk() const;
  [[nodiscard]] StepLists new_lists() const;
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> next_levels(std::size_t level) const;
  void solve_wide(const std::vector<std::uint32_t>& uppers, const std::function<bool()>& give_up);
  void solve_narrow(const std::vector<std::vector<std::uint32_t>>& levels, const std::function<bool()>& give_up);
  [[nodiscard]] bool worth_sharing(const std::vector<Task>& tasks) const;
  void solve_together(const std::vector<Task>& tasks, const std::function<bool()>& give_up);
  void solve_alone(const Task& task, Desk& desk, const std::function<bool()>& give_up);
  void find_steps(std::uint32_t upper, std::uint32_t unsolved, StepLists& steps);
  void solve_state(const Task& task, std::size_t code, Desk& desk, Target& target) const;
  [[nodiscard]] bool start(std::uint32_t upper, std::size_t code, Fronts& fronts, Target& target) const;
  void try_steps(std::size_t from_code, ClassId device, int replicas, const StepLists& lists, Target& target) const;
  void try_step(std::size_t from_code, const Step& step, int replicas, Target& target) const;
  void extend(std::size_t from_code, const Step& step, int replicas, Target& target) const;
  void keep(std::uint32_t ideal, Desk& desk);
  void note_codes(const std::vector<std::uint32_t>& ideals);
  void note_live(std::uint32_t place, std::size_t code);
  void collect_transitions(std::uint32_t upper, std::vector<Transition>& transitions);
  [[nodiscard]] const Brief& brief(std::size_t code, std::uint32_t place) const {
    return briefs_[code * ideals_.size() + place];
  }
  [[nodiscard]] std::size_t label_count(std::uint32_t place, std::size_t code) const {
    const Brief& of_code = brief(code, place);
    return of_code.period_s < kCannot ? brief(code + 1, place).first - of_code.first : 0;
  }

  const CostTable& cost_;
  const Lattice& lattice_;
  const Counts& counts_;
  const Bounds& bounds_;
  const Outlook& outlook_;
  const std::vector<bool>& open_;
  double max_load_s_;
  std::size_t block_;  ///< so many codes are solved in a row
  std::vector<ClassId> frugal_first_;
  std::vector<std::uint32_t> places_;  ///< by ideal: its number among those where a stage may begin or end
  std::vector<std::uint32_t> ideals_;  ///< by place
  PeriodCells cells_;
  std::vector<std::size_t> known_;                 ///< by cell: how many known plans are as fast as all of its periods
  std::vector<std::vector<std::size_t>> smaller_;  ///< by code: those with one device fewer
  std::vector<std::vector<std::uint32_t>> live_;   ///< by code: places of the levels before that have labels of it
  std::vector<char> within_reach_;                 ///< by code: does a stage lead there from a label of those levels?
  std::vector<std::vector<std::size_t>> layers_;   ///< blocks, by how many devices their first codes use
  std::vector<Brief> briefs_;                      ///< [code][place]; one row more for the ends
  std::vector<Labels> labels_;                     ///< by place
  PerThread<TransitionWalk> walks_;
  PerThread<std::vector<Transition>> stages_;
  PerThread<Target> targets_;
  PerThread<StepLists> own_lists_;  ///< of a thread that solves an ideal by itself
  PerThread<Desk> own_desks_;
  std::vector<StepLists> lists_;  ///< of ideals whose turn comes soon
  std::vector<Desk> desks_;       ///< of those of one level
};

}  // namespace cleave
