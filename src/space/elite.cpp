#include "space/elite.hpp"

#include "space/table_order.hpp"

#include <algorithm>

namespace cleave {

namespace {

/// A comparison reads whole tables; more members would cost more than the searches that they save.
constexpr std::size_t kMost = 256;

}  // namespace

std::optional<std::string> Elite::better_than(std::size_t model, const CostTable& cost, bool same_batch) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& member) {
    return member.model == model && (!same_batch || member.cost.batch == cost.batch) && no_worse(member.cost, cost);
  });
  return found == members_.end() ? std::nullopt : std::optional(found->name);
}

void Elite::add(std::size_t model, const CostTable& cost, const std::string& name, bool same_batch) {
  std::erase_if(members_, [&](const Member& member) {
    return member.model == model && (!same_batch || member.cost.batch == cost.batch) && no_worse(cost, member.cost);
  });
  members_.push_back({model, cost, name});
  if (members_.size() > kMost) members_.erase(members_.begin());
}

}  // namespace cleave
