#pragma once
/// What the ways of tensors take of the links that devices share.

#include <cleave/plan.hpp>

#include <algorithm>
#include <vector>

namespace cleave {

/// Seconds of one batch in each direction of a shared link; half duplex: all of them in `in_s`.
struct SharedUse {
  double in_s = 0;
  double out_s = 0;
};

/// How long the link is busy for that.
[[nodiscard]] inline double busy_s(const SharedUse& use) { return std::max(use.in_s, use.out_s); }

/// Adds the way of `bytes` between devices of two classes, of which one may be invalid: the user.
void add_way(const SharedLinkCost& link, ClassId from, ClassId to, double bytes, SharedUse& use);

/// Seconds and joules that shared links add to the way of a tensor between the user and a stage of this mode.
struct UserWay {
  double seconds = 0;
  double joules = 0;
};
[[nodiscard]] UserWay user_way(const CostTable& cost, TensorId tensor, ModeId mode);

/// By shared link: how long one batch of a plan takes each of its directions. `home` is the stage of each operator.
[[nodiscard]] std::vector<SharedUse> shared_uses(const CostTable& cost, const Plan& plan,
                                                 const IndexVector<OpId, std::size_t>& home);

}  // namespace cleave
