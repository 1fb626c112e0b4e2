#pragma once
/// Every contiguous plan of a tiny problem scored in three objectives, links included, with its own arithmetic.

#include <cleave/plan.hpp>

#include <optional>
#include <vector>

namespace cleave::testing_support {

struct Triple {
  double period_s = 0;
  double energy_j = 0;  ///< per inference
  double latency_s = 0;
};

/// The score of a plan whose stages are in an order in which data flows; none when it is not legal.
[[nodiscard]] std::optional<Triple> score_of(const CostTable& cost, const Plan& plan);

/// For how long one batch of such a plan takes each shared link, in its one direction and in the other; what is half
/// duplex has one only.
struct Directions {
  double forth_s = 0;
  double back_s = 0;
};
[[nodiscard]] std::vector<Directions> on_shared_links(const CostTable& cost, const Plan& plan);

/// All legal contiguous plans.
[[nodiscard]] std::vector<Plan> every_trail(const CostTable& cost);

/// What no plan beats: no other is at least as good in all three.
[[nodiscard]] std::vector<Triple> undominated(std::vector<Triple> points);

/// The scores of all legal contiguous plans, undominated ones only.
[[nodiscard]] std::vector<Triple> brute_trail(const CostTable& cost);

}  // namespace cleave::testing_support
