#pragma once
/// Any assignment of operators to stages, with the load of every stage kept up to date: a change costs the
/// degree of the operators that it moves.

#include "search/local/flat_cost.hpp"
#include "search/stage_cost.hpp"

#include <cleave/plan.hpp>

#include <vector>

namespace cleave::local {

/// Which devices a stage has.
struct Target {
  std::uint32_t mode = 0;
  int replicas = 1;
};

/// Which stage runs each operator, and where.
struct Placement {
  std::vector<std::uint32_t> stage_of;
  std::vector<Target> targets;  ///< by stage
};

/// As a plan: stages with operators, in the order in which data flows, as far as there is one.
[[nodiscard]] Plan plan_of(const CostTable& cost, const Placement& placement);

/// What an assignment costs as a whole.
struct Totals {
  double period_s = 0;
  double energy_j = 0;  ///< per inference, idle energy included
  double excess = 0;    ///< memory that the stages lack, each as a share of what its device has; 0: all fit
};

/// Changes come in transactions: moves and retargets, then `settle`, which says whether there are as many devices, then
/// `keep` or `undo`. What is undone leaves no rounding behind. A stage without operators has no devices. Memory may be
/// exceeded on the way to something better; `Totals::excess` says by how much.
class Assignment {
 public:
  /// Precondition: `plan` is feasible but for its memory. `flat` must outlive the assignment.
  Assignment(const FlatCost& flat, const Plan& plan);

  [[nodiscard]] const FlatCost& flat() const { return flat_; }
  [[nodiscard]] std::size_t stages() const { return stages_.size(); }
  [[nodiscard]] std::uint32_t stage_of(std::uint32_t op) const { return stage_of_[op]; }
  [[nodiscard]] std::span<const std::uint32_t> members(std::uint32_t stage) const { return members_[stage]; }
  [[nodiscard]] Target target(std::uint32_t stage) const { return stages_[stage].target; }
  [[nodiscard]] std::span<const double> loads_s() const { return load_s_; }
  /// A stage without operators; kNone when all have some.
  [[nodiscard]] std::uint32_t empty_stage() const;
  /// Devices of a class that no stage has.
  [[nodiscard]] int free_devices(ClassId device) const { return free_[device.at()]; }
  [[nodiscard]] Totals totals() const;

  void move(std::uint32_t op, std::uint32_t to);
  /// Precondition: every member can run there.
  void retarget(std::uint32_t stage, Target target);
  /// Prices what was touched; false when it takes more devices than there are.
  [[nodiscard]] bool settle();
  void keep();
  void undo();
  /// Sums anew, without the rounding of many changes.
  void refresh();

  [[nodiscard]] Placement placement() const;

 private:
  struct Slot {
    Target target;
    int devices = 0;  ///< taken: none while it has no operators
    StageSums sums;
  };
  /// What a stage adds to the totals besides its load.
  struct Share {
    double dynamic_j = 0;
    double idle_w = 0;
    double excess = 0;
  };
  struct Saved {
    std::uint32_t stage;
    Slot slot;
    double load_s;
    Share share;
  };
  struct Moved {
    std::uint32_t op, from;
  };

  void touch(std::uint32_t stage);
  void sum(std::uint32_t stage);
  void price(std::uint32_t stage);
  void relist(std::uint32_t op, std::uint32_t to);
  void move_outputs(std::uint32_t op, std::uint32_t from, std::uint32_t to);
  void move_inputs(std::uint32_t op, std::uint32_t from, std::uint32_t to);
  void move_back(Moved moved);
  [[nodiscard]] bool take_devices();
  [[nodiscard]] std::uint32_t& readers(std::uint32_t tensor, std::uint32_t stage) {
    return readers_[tensor * stages_.size() + stage];
  }
  [[nodiscard]] bool sent(std::uint32_t tensor, std::uint32_t from) {
    return flat_.leaves(tensor) || reading_stages_[tensor] > (readers(tensor, from) != 0 ? 1U : 0U);
  }
  [[nodiscard]] std::size_t class_of(const Target& target) const {
    return flat_.table().modes[ModeId(target.mode)].device_class.at();
  }

  const FlatCost& flat_;
  std::vector<std::uint32_t> stage_of_;
  std::vector<std::uint32_t> place_;  ///< of each operator among the members of its stage
  std::vector<std::vector<std::uint32_t>> members_;
  std::vector<Slot> stages_;
  std::vector<double> load_s_;
  std::vector<Share> shares_;
  std::vector<int> free_;                      ///< devices, by class
  std::vector<std::uint32_t> readers_;         ///< [tensor][stage]: operators of the stage that read it
  std::vector<std::uint32_t> reading_stages_;  ///< [tensor]: stages with readers
  std::vector<Saved> saved_;
  std::vector<Moved> moved_;
  std::vector<std::uint8_t> touched_;  ///< by stage: it is among `saved_`
  bool taken_ = false;                 ///< `free_` counts the transaction's changes
};

}  // namespace cleave::local
