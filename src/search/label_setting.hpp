#pragma once
/// The dynamic program under the frontier of a cluster and of all its sub-clusters: for every state (ideal, usage
/// counts) the partial plans that nothing dominates.

#include "search/outlook.hpp"
#include "search/staircase.hpp"
#include "search/transitions.hpp"

#include <cleave/plan.hpp>

#include <tbb/enumerable_thread_specific.h>

#include <functional>
#include <span>
#include <vector>

namespace cleave {

/// A partial plan of a state: its last stage, and what it stands on.
struct Label {
  double period_s = 0;      ///< at least this, whatever the completion
  double energy_j = 0;      ///< dynamic and transfer, one batch
  std::uint32_t known = 0;  ///< how many known plans are as fast
  std::uint32_t lower = 0;
  std::uint32_t parent = 0;  ///< label of the state below
  ModeId mode = {};
  int replicas = 0;
};

class LabelSetting {
 public:
  /// Stages begin and end at the ideals of `open` only and take `max_load_s` at most; what `outlook` calls hopeless
  /// is forgotten. All that is referred to must live as long.
  LabelSetting(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
               const Outlook& outlook, const std::vector<bool>& open, double max_load_s);

  /// False when `give_up` said so; it is polled and must be safe to call from any thread.
  bool run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress);

  /// Of all operators on exactly the devices `code`, by ascending period.
  [[nodiscard]] std::span<const Label> finals(std::size_t code) const { return labels(lattice_.top(), code); }
  [[nodiscard]] Plan plan_of(std::size_t code, std::size_t index) const;

 private:
  /// The least of each number of a state's labels, as most extensions are refused on these alone, and where they are.
  struct Brief {
    double period_s = kCannot;
    double energy_j = kCannot;
    std::uint32_t known = 0;
    std::uint32_t first = 0;
  };
  struct Ideal {
    std::vector<Brief> states;  ///< by code; one more for the end. Empty: no stage ends here
    std::vector<Label> labels;
  };
  /// A stage that ends at the ideal that is being solved, on a number of devices that its list is for.
  static constexpr std::uint32_t kNoStep = static_cast<std::uint32_t>(-1);
  struct Step {
    double load_s = 0;
    double fewer_s = 0;  ///< load on one device less
    double energy_j = 0;
    std::uint32_t known = 0;
    std::uint32_t lower = 0;
    ModeId mode = {};
  };
  /// What a state that is being solved must know.
  struct Target {
    double least_s = 0;  ///< period of any completion
    std::uint32_t known = 0;
    std::vector<double> thresholds;  ///< from `known` on
  };
  /// An ideal that is being solved.
  struct Desk {
    Desk(std::size_t codes, std::size_t step_lists, std::size_t indexed)
        : steps(step_lists),
          first(step_lists, std::vector<std::uint32_t>(indexed, kNoStep)),
          reached(codes),
          labels(codes) {}
    std::vector<Transition> transitions;
    std::vector<std::vector<Step>> steps;  ///< by class and replicas; behind the last one stands kNoStep
    /// By class and replicas, where the lattice is small: of each ideal the first step that stands on it.
    std::vector<std::vector<std::uint32_t>> first;
    std::vector<Staircase<Label>> reached;   ///< by code, with what fewer devices reach
    std::vector<std::vector<Label>> labels;  ///< by code, without that
    Target target = {};
  };

  [[nodiscard]] Desk new_desk() const;
  void solve_level(std::size_t level, const std::function<bool()>& give_up);
  void find_steps(std::uint32_t upper, Desk& desk);
  void solve_state(std::uint32_t upper, std::size_t code, Desk& desk, Target& target) const;
  void try_steps(std::size_t from_code, std::size_t list, int replicas, const Desk& desk, const Target& target,
                 Staircase<Label>& state) const;
  void try_step(std::size_t from_code, const Step& step, int replicas, const Target& target,
                Staircase<Label>& state) const;
  void extend(std::size_t from_code, const Step& step, int replicas, const Target& target,
              Staircase<Label>& state) const;
  [[nodiscard]] bool beaten(const Label& label, std::size_t code, const Desk& desk) const;
  void keep(std::uint32_t ideal, Desk& desk);
  void note_codes(const std::vector<std::uint32_t>& ideals);
  void note_live(std::uint32_t ideal, std::size_t code);
  void collect_transitions(std::uint32_t upper, std::vector<Transition>& transitions);
  [[nodiscard]] std::span<const Label> labels(std::uint32_t ideal, std::size_t code) const;

  const CostTable& cost_;
  const Lattice& lattice_;
  const Counts& counts_;
  const Bounds& bounds_;
  const Outlook& outlook_;
  const std::vector<bool>& open_;
  double max_load_s_;
  IndexVector<ClassId, std::size_t> first_step_;  ///< by class: its list for one device
  std::size_t step_lists_ = 0;
  std::vector<std::vector<std::size_t>> smaller_;  ///< by code: those with one device fewer
  std::vector<std::vector<std::uint32_t>> live_;   ///< by code: ideals of the levels before that have labels of it
  std::vector<char> within_reach_;                 ///< by code: does a stage lead there from a label of those levels?
  std::vector<std::vector<std::size_t>> layers_;   ///< codes by how many devices they use
  std::vector<Ideal> ideals_;
  tbb::enumerable_thread_specific<TransitionWalk> walks_;
  tbb::enumerable_thread_specific<Desk> desks_;
  std::vector<Desk> narrow_desks_;  ///< of a level that is shared by state
};

}  // namespace cleave
