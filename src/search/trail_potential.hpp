#pragma once
/// Prices of devices that bound what is to come of a plan: see TrailOutlook.

#include "search/trail_stages.hpp"

#include <vector>

namespace cleave {

/// The weights of a bound, its prices and what it comes to from each ideal on.
struct Potential {
  double energy_weight = 1;
  double latency_weight = 0;
  std::vector<double> price;  ///< by class
  std::vector<double> to_go;  ///< by ideal
};

/// The stages that plans of a period can have, each on no more devices than it needs for that: more would only cost
/// more.
class PricedStages {
 public:
  /// Of the stages that end at each ideal those of a load of at most `period_s`.
  PricedStages(const CostTable& cost, const std::vector<TrailEnd>& ends, double period_s);

  /// Raises the bound of the empty plan by subgradient steps on the prices, towards `aim`. What idles does so for
  /// `idle_s`.
  void tune(Potential& potential, double idle_s, double aim) const;

 private:
  struct Move {
    std::uint32_t lower;
    std::uint16_t device_class;
    std::uint16_t replicas;
    double energy_j;
    double on_path_s;  ///< of its duration, what the critical path takes
  };
  double pass(Potential& potential, double idle_s, std::vector<int>& used) const;

  const CostTable& cost_;
  std::vector<std::size_t> first_;  ///< by ideal: of the moves that end there; one more at the end
  std::vector<Move> moves_;
};

}  // namespace cleave
