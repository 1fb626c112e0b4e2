#pragma once
/// The equations of Einsum.

#include <cleave/tensor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What each axis is called: a letter, or of those that "..." stands for -1, -2, ... from the last one.
using AxisLabel = int;

struct Einsum {
  std::vector<std::vector<AxisLabel>> operands;
  std::vector<AxisLabel> result;
  std::map<AxisLabel, std::int64_t> extents;

  [[nodiscard]] Shape result_shape() const;
};

/// Empty where the equation is malformed or does not fit the operands. Extents of 1 are broadcast, as in NumPy.
[[nodiscard]] std::optional<Einsum> read_einsum(const std::string& equation, const std::vector<Shape>& operands);

}  // namespace cleave
