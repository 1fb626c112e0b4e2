#pragma once
/// What the oracle computes on: row-major doubles.

#include <cleave/tensor.hpp>

#include <cstdint>
#include <vector>

namespace cleave::reference {

/// `data.size() == element_count(shape)`. Integers are exact up to 2^53, booleans are 0 and 1.
struct Array {
  Shape shape = {};
  std::vector<double> data = {};
};

/// Zero-filled.
[[nodiscard]] Array zeros(const Shape& shape);
[[nodiscard]] Array to_array(const Tensor& tensor);
/// Rounded to `type`: floats to nearest (ties to even), integers toward zero and saturating, booleans to "is not 0".
[[nodiscard]] Tensor to_tensor(const Array& array, DataType type);

/// The 16-bit float with `exponent_bits` and `mantissa_bits` that is nearest to `x`, ties to even.
[[nodiscard]] std::uint16_t encode_float16(double x, int exponent_bits, int mantissa_bits);
[[nodiscard]] double decode_float16(std::uint16_t bits, int exponent_bits, int mantissa_bits);

/// Distance between neighbours along each axis of a row-major array.
[[nodiscard]] Shape strides_of(const Shape& shape);

/// out[i, j, ...] = in[maps[0][i], maps[1][j], ...], or `fill` where any map says -1.
/// `maps` holds one list of input positions per axis of `in`; the output is as long as they are.
[[nodiscard]] Array pick(const Array& in, const std::vector<std::vector<std::int64_t>>& maps, double fill = 0);
/// The map 0, 1, ..., extent - 1.
[[nodiscard]] std::vector<std::int64_t> all_of(std::int64_t extent);

/// out[..., axis k of out, ...] = axis permutation[k] of in.
[[nodiscard]] Array transpose(const Array& in, const std::vector<std::int64_t>& permutation);

/// Whether numpy's rule stretches `from` to exactly `to`.
[[nodiscard]] bool broadcasts_to(const Shape& from, const Shape& to);
/// Expects broadcasts_to(in.shape, shape).
[[nodiscard]] Array broadcast_to(const Array& in, const Shape& shape);
/// Extents with axes [begin, end) multiplied together.
[[nodiscard]] std::int64_t extent_between(const Shape& shape, std::size_t begin, std::size_t end);

}  // namespace cleave::reference
