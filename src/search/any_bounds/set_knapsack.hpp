#pragma once
/// The most profitable set of operators within a time: the best path through the layers of a sweep that takes no longer
/// than a limit.

#include "search/any_bounds/set_sweep.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace cleave {

using Profits = IndexVector<OpId, std::int32_t>;  ///< their absolute values add up to at most 2^28

struct BestSet {
  std::int64_t profit = 0;     ///< of `set`
  std::vector<OpId> set = {};  ///< ascending
  std::int64_t at_most = 0;    ///< no set is worth more; equal to `profit` where nothing was left out
  std::size_t work = 0;        ///< moves and partial paths looked at
};

/// Times are counted in whole steps, each addend rounded down.
///
/// With any price for time, a partial path becomes worth no more than what it has, the most that its completions earn
/// after paying for their time, and the price of the time that is left. The best of these prices makes a path that fits
/// earn as much as one that takes too long (Handler and Zang, Networks 10, 1980). Partial paths are kept as pairs of
/// time and profit, where no other of their state is no worse in both, and where they may become better than the best
/// path known, by that price and some around it.
class SetKnapsack {
 public:
  /// When it is `stopped`, the best set so far is the answer.
  SetKnapsack(const SetSweep& sweep, double step_s, const std::function<bool()>& stopped);

  /// Among the sets that take less than `limit` steps. Of a state's partial paths those `most_kept` that promise most
  /// go on.
  [[nodiscard]] BestSet best(const Profits& profit, std::int64_t limit, std::size_t most_kept) const;

 private:
  const SetSweep& sweep_;
  const std::function<bool()>& stopped_;
  std::int64_t launch_ = 0;
  std::vector<std::vector<std::int64_t>> time_;  ///< by step of the sweep and move
};

}  // namespace cleave
