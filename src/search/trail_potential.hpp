#pragma once
/// What is to come of a plan costs at least this: see TrailOutlook.

#include "search/counts.hpp"
#include "search/trail_stages.hpp"

#include <vector>

namespace cleave {

/// Which classes a bound counts device by device. The others it prices: a device more costs what it is worth.
class CountedClasses {
 public:
  CountedClasses() = default;
  /// Those of the fewest devices, whose prices are the least exact, as long as there are `max_codes` codes at most.
  CountedClasses(const CostTable& cost, const Counts& counts, std::size_t max_codes);

  [[nodiscard]] std::size_t size() const { return size_; }  ///< how many codes there are
  /// The devices in use of the counted classes, from those of all.
  [[nodiscard]] std::uint32_t code(std::size_t all_classes) const { return code_[all_classes]; }
  [[nodiscard]] bool counted(ClassId device) const { return stride_[device] > 0; }
  [[nodiscard]] bool all_counted() const;

  /// For each code from which `devices` more of a class can be taken: visit(code before, code after).
  template <class Visit>
  void each_step(ClassId device, std::size_t devices, const Visit& visit) const {
    const std::size_t stride = stride_[device];
    const std::size_t run = stride > 0 ? stride * limit_[device] : size_;  // codes of all the counts of this class
    const std::size_t shift = stride * devices;
    for (std::size_t first = 0; first < size_; first += run)
      for (std::size_t code = first; code + shift < first + run; ++code) visit(code, code + shift);
  }

 private:
  std::size_t size_ = 1;
  IndexVector<ClassId, std::size_t> stride_;  ///< 0: priced
  IndexVector<ClassId, std::size_t> limit_;   ///< one more than the class has devices
  std::vector<std::uint32_t> code_;
};

/// The weights of a bound, its prices and what it comes to from each state on.
struct Potential {
  double energy_weight = 1;
  double latency_weight = 0;
  std::vector<double> price = {};  ///< by class; 0 of counted ones
  std::vector<double> to_go = {};  ///< [ideal][counted code], from where the critical path has come to
  /// The same, but durations count from the next gate on. Only where latency has weight.
  std::vector<double> from_gate = {};
};

/// The stages that plans of a period can have, each on no more devices than it needs for that: more would only cost
/// more.
class PotentialStages {
 public:
  /// Of the stages that end at each ideal those of a load of at most `period_s`.
  PotentialStages(const CostTable& cost, const CountedClasses& counted, const std::vector<TrailEnd>& ends,
                  double period_s);

  /// Sets what is to go. The bound of the empty plan is raised by subgradient steps on the prices, towards `aim`. What
  /// idles does so for `idle_s`.
  void fill(Potential& potential, double idle_s, double aim) const;

 private:
  struct Move {
    std::uint32_t lower;
    std::uint16_t device_class;
    std::uint16_t replicas;
    double energy_j;
    double duration_s;
    bool on_path;   ///< runs operators of the critical path
    bool has_gate;  ///< runs the first gate that is not in `lower`
  };
  /// By class: what one device more in a stage comes to.
  using DeviceCosts = std::vector<double>;
  [[nodiscard]] DeviceCosts device_costs(const Potential& potential, double idle_s) const;
  [[nodiscard]] std::vector<double> unreached() const;
  void tune(Potential& potential, double idle_s, double aim) const;
  void pass(Potential& potential, const DeviceCosts& costs) const;
  void pass_from_gates(Potential& potential, const DeviceCosts& costs) const;
  [[nodiscard]] static double untimed(const Move& move, const Potential& potential, const DeviceCosts& costs);
  [[nodiscard]] static double on_path(const Move& move, const Potential& potential, const DeviceCosts& costs);
  void relax(const Move& move, double value, const double* above, double* below) const;
  [[nodiscard]] std::vector<int> used(const Potential& potential, const DeviceCosts& costs) const;
  [[nodiscard]] double bound(const Potential& potential) const;

  const CostTable& cost_;
  const CountedClasses& counted_;
  std::vector<std::size_t> first_;  ///< by ideal: of the moves that end there; one more at the end
  std::vector<Move> moves_;
};

}  // namespace cleave
