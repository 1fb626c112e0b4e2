#pragma once
/// What the operators of one stage can be worth at most within a time: a knapsack over all sets of operators.

#include <cleave/evidence.hpp>

#include <cstdint>
#include <vector>

namespace cleave::verify {

/// All sets of operators as paths through layers: one layer for each operator of the evidence's order, in or out.
class SetsInLayers {
 public:
  /// With times in `mode` as PeriodEvidence counts them, every addend rounded down to the grid; sets that take
  /// `most_steps` or more are missing. Throws VerificationError where there are too many states.
  SetsInLayers(const CostTable& cost, ModeId mode, const PeriodEvidence& evidence, std::int64_t most_steps);

  /// Is there a set, perhaps the empty one, that takes less than `steps` and is worth more than `worth`? Throws
  /// VerificationError where that would take too long to tell.
  [[nodiscard]] bool any_worth_more(std::int64_t worth, std::int64_t steps) const;

 private:
  struct Decision {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::int64_t steps = 0;
    std::int32_t worth = 0;
  };
  /// What completions earn at most from each state of each layer after paying `price` a step, and whether the path that
  /// earns most overall takes less than `steps`.
  struct Earnings {
    double price = 0;
    std::vector<std::vector<double>> to_go = {};
    bool fits = false;
  };
  [[nodiscard]] Earnings earnings(double price, std::int64_t steps) const;
  [[nodiscard]] std::vector<Earnings> telling_prices(std::int64_t steps) const;

  std::int64_t launch_steps_ = 0;
  std::vector<std::vector<Decision>> layers_;
  std::vector<std::uint32_t> states_;  ///< by layer, the one after the last operator as well
};

}  // namespace cleave::verify
