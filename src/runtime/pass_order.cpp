#include "runtime/pass_order.hpp"

#include <algorithm>

namespace cleave {

PassOrder pass_order(const Plan& plan, bool beside) {
  PassOrder order{.turn = 1, .beside = beside};
  for (const Stage& stage : plan.stages) order.turn = std::max(order.turn, static_cast<std::size_t>(stage.replicas));
  return order;
}

}  // namespace cleave
