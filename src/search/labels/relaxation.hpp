#pragma once
/// The least energy of all plans of a period, from below, and labellings that come near it.

#include "search/labels/count_bounds.hpp"
#include "search/labels/messages.hpp"

#include <functional>
#include <vector>

namespace cleave::labels {

/// For one period.
struct Relaxed {
  double energy_j = 0;                ///< one batch: no plan of this period or less takes less
  std::vector<int> devices;           ///< by class, where the bound is least
  std::vector<Labelling> labellings;  ///< of the best mixture for these devices, the heaviest first
};

/// Branches on the counts of devices in use and tunes the prices of each box of counts: by cutting planes, the steps
/// confined to a box around the best prices so far. Holds the messages and labellings of earlier calls, from which
/// later ones go on. Not thread safe.
class Relaxation {
 public:
  /// `cost` must outlive it.
  explicit Relaxation(const CostTable& cost);
  [[nodiscard]] static bool applies(const CostTable& cost);

  /// What costs `enough_j` or more need not be told apart. `stopped` is polled.
  Relaxed solve(double period_s, double enough_j, const std::function<bool()>& stopped);
  /// Everything that was proved so far.
  [[nodiscard]] const std::vector<PriceBound>& bounds() const { return bounds_; }

 private:
  struct Tuned {
    double energy_j = 0;
    std::vector<double> devices;
    std::vector<Labelling> labellings;
  };
  PriceBound price(std::vector<double> price_w, const CountBox& box);
  Tuned tune(const CountBox& box, double period_s, double enough_j, const std::function<bool()>& stopped);

  const CostTable& cost_;
  std::vector<Resource> resources_;
  Messages messages_;
  std::vector<PriceBound> bounds_;
  std::vector<Labelling> known_;
};

}  // namespace cleave::labels
