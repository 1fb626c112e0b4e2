#pragma once
/// What the stages to come must still cost, by the exact costs of stages and prices for devices.

#include "base/parallel.hpp"
#include "search/outlook.hpp"
#include "search/transitions.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// Prices of a device (joules) that made the bound tight at a period; any are valid.
struct DevicePrices {
  double period_s = 0;
  std::vector<double> price;  ///< by class
};

/// For an interval [p, q] between known plans and prices mu_c >= 0 of a device, one pass down the lattice gives the
/// least of
///   sum over the stages to come of  energy + (p idle_w + mu_c) r
/// over all ways from an ideal to the full set by stages whose load is at most q. Less the value sum_c mu_c n_c of
/// the devices that are free it bounds the energy to go (Lagrangian bound of the device counts), the idle energy of the
/// devices to be taken included. Unlike the bound by operators it knows of transfers, of launches, and that a device
/// idles for the whole period even if it has little to do.
class StageOutlook {
 public:
  /// `incumbents` by ascending period, at least one; stages between ideals of `open` that take `max_load_s` at most.
  /// `start`: prices of a smaller problem, tuned further as far as a pass is cheap; with `brief` only a little, for few
  /// intervals: enough where the search itself takes little and no larger one starts from these prices. `give_up`
  /// leaves a bound of nothing.
  StageOutlook(const CostTable& cost, const Lattice& lattice, const Counts& counts, const std::vector<bool>& open,
               const std::vector<Incumbent>& incumbents, double max_load_s, const std::vector<DevicePrices>& start,
               const std::function<bool()>& give_up, bool brief = false);

  /// Are stages so few that they are found once and looked at many times?
  [[nodiscard]] static bool cheap(const CostTable& cost, const Lattice& lattice);

  /// Least further energy of a completion whose period lies between this incumbent and the next, the idle energy of
  /// the devices already taken excluded.
  [[nodiscard]] double least_j(std::size_t incumbent, std::uint32_t ideal, std::size_t code) const {
    const std::size_t interval = interval_of_[incumbent];
    return to_go_[ideal * intervals_.size() + interval] - value_[code * intervals_.size() + interval];
  }
  /// Those that may end at an ideal; none where they are too many to be kept.
  [[nodiscard]] const std::vector<Transition>* stages_to(std::uint32_t upper) const {
    return remembers_ ? &stages_[upper] : nullptr;
  }
  /// The first incumbent for which that is the same energy as for this one.
  [[nodiscard]] std::size_t first_like(std::size_t incumbent) const { return first_of_[interval_of_[incumbent]]; }
  [[nodiscard]] std::vector<DevicePrices> prices() const;
  /// Of a device (joules), between this incumbent and the next.
  [[nodiscard]] double price_j(std::size_t incumbent, ClassId device) const {
    return intervals_[interval_of_[incumbent]].price[device.at()];
  }

 private:
  struct Interval {
    double from_s;
    double to_s;
    double known_j;  ///< energy of the plan at its beginning
    std::vector<double> price;
    double bound_j;  ///< of the empty plan
  };
  /// The stage that leads on from an ideal at the least cost.
  struct Choice {
    std::uint32_t upper = 0;
    std::uint16_t device = 0;
    std::uint16_t replicas = 0;
  };
  struct Trial {
    std::vector<std::vector<double>> price;  ///< [interval][class]
    std::vector<double> to_go;               ///< [ideal][interval]
    std::vector<Choice> choice;              ///< [ideal][interval]
  };

  /// The number of stages; 0 when stopped.
  std::size_t pass(Trial& trial, bool first, const std::function<bool()>& give_up);
  void relax(std::uint32_t upper, const std::vector<Transition>& stages, std::size_t first, std::size_t last,
             const std::vector<double>& per_device, Trial& trial) const;
  bool take_better(const Trial& trial);
  void step(Trial& trial) const;
  [[nodiscard]] std::vector<int> used(const Trial& trial, std::size_t interval) const;
  [[nodiscard]] double bound_j(const Trial& trial, std::size_t interval) const;

  const CostTable& cost_;
  const Lattice& lattice_;
  const std::vector<bool>& open_;
  double max_load_s_;
  std::size_t codes_;
  std::vector<Interval> intervals_;
  std::vector<std::size_t> interval_of_;         ///< by incumbent
  std::vector<std::size_t> first_of_;            ///< by interval: of its incumbents
  std::vector<double> to_go_;                    ///< [ideal][interval]
  std::vector<double> value_;                    ///< [code][interval]: of the free devices
  bool remembers_;                               ///< stages, from pass to pass
  std::vector<std::vector<Transition>> stages_;  ///< by upper ideal: of all, or while bounds are made of a block
  PerThread<TransitionWalk> walks_;
};

}  // namespace cleave
