#include "verify/borders.hpp"

#include <algorithm>

namespace cleave::verify {

const std::vector<TensorId>& Borders::tensors(std::uint32_t ideal) {
  const auto [place, fresh] = tensors_.try_emplace(ideal);
  if (!fresh || !cost_.links) return place->second;
  const auto inside = [&](OpId op) { return ideals_.contains(ideal, op); };
  for (const TensorId tensor : cost_.tensors.ids()) {
    const TensorUse& use = cost_.tensors[tensor];
    if (use.producer.valid() && inside(use.producer) &&
        !std::all_of(use.consumers.begin(), use.consumers.end(), inside))
      place->second.push_back(tensor);
  }
  return place->second;
}

ClassId Borders::maker(std::uint32_t ideal, const Makers& makers, TensorId tensor) {
  const std::vector<TensorId>& border = tensors(ideal);
  const auto at = std::lower_bound(border.begin(), border.end(), tensor);
  return ClassId(makers[static_cast<std::size_t>(at - border.begin())]);
}

Makers Borders::after(std::uint32_t ideal, const Makers& makers, std::uint32_t above, std::size_t device) {
  Makers next;
  for (const TensorId tensor : tensors(above)) {
    const bool older = ideals_.contains(ideal, cost_.tensors[tensor].producer);
    next.push_back(static_cast<std::uint16_t>(older ? maker(ideal, makers, tensor).at() : device));
  }
  return next;
}

}  // namespace cleave::verify
