#pragma once
/// With links: what a partial plan sends to stages to come, and which class of devices made it.

#include "verify/ideals.hpp"

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace cleave::verify {

/// The class that made each tensor on the border of an ideal. Partial plans with other makers go on at another price.
using Makers = std::vector<std::uint16_t>;

class Borders {
 public:
  Borders(const CostTable& cost, const Ideals& ideals) : cost_(cost), ideals_(ideals) {}

  /// The tensors that operators of the ideal make and others read, ascending; none where there are no links. The
  /// answer lives as long as this.
  [[nodiscard]] const std::vector<TensorId>& tensors(std::uint32_t ideal);
  /// Who made `tensor`, which is on the border of `ideal`.
  [[nodiscard]] ClassId maker(std::uint32_t ideal, const Makers& makers, TensorId tensor);
  /// The makers when a stage of `device` runs what is in `above` and not in `ideal`.
  [[nodiscard]] Makers after(std::uint32_t ideal, const Makers& makers, std::uint32_t above, std::size_t device);

 private:
  const CostTable& cost_;
  const Ideals& ideals_;
  std::unordered_map<std::uint32_t, std::vector<TensorId>> tensors_;
};

}  // namespace cleave::verify
