#pragma once
/// Where the elements of one tensor are found in another.

#include <cleave/tensor.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cleave {

/// Of elements in a source tensor, one per element of the result, in row-major order.
using Positions = std::vector<std::int64_t>;

/// Distance of neighbours along each axis, in elements.
[[nodiscard]] Shape strides_of(const Shape& shape);
/// For each element of `shape` the sum of start and index * step over the axes.
[[nodiscard]] Positions walk(const Shape& shape, const Shape& steps, std::int64_t start = 0);
/// Where each element of `target` comes from when `source` is broadcast to it; empty when it cannot be.
[[nodiscard]] std::optional<Positions> broadcast(const Shape& source, const Shape& target);

}  // namespace cleave
