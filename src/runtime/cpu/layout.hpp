#pragma once
/// How the elements of a value lie in memory.

#include <cleave/tensor.hpp>

#include <cstdint>
#include <vector>

namespace cleave::cpu {

/// row_major is what tensors outside a stage are, unless engines on both sides agree on the other. channels_last has
/// dimension 1 innermost (NHWC): what convolutions and pooling work on.
enum class Layout { row_major, channels_last };

using Strides = std::vector<std::int64_t>;

/// Distance in elements between neighbours in each dimension.
[[nodiscard]] Strides strides_of(const Shape& shape, Layout layout);

/// True when both layouts put every element at the same place.
[[nodiscard]] bool layouts_agree(const Shape& shape);

/// `shape` with ones in front up to `rank`, as broadcasting aligns it.
[[nodiscard]] Shape aligned(const Shape& shape, std::size_t rank);

/// Strides to read a value of `shape` as if it had shape `target`: 0 where it is repeated.
[[nodiscard]] Strides broadcast_strides(const Shape& shape, Layout layout, const Shape& target);

/// `axis` counted from the front.
[[nodiscard]] inline std::size_t from_front(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

}  // namespace cleave::cpu
