#pragma once
/// Elements of any type as whole or real numbers.

#include <cleave/tensor.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cleave {

/// Precision is a choice for real numbers only.
[[nodiscard]] bool is_real(DataType type);

/// Empty for types other than signed and unsigned integers (up to int64) and booleans.
[[nodiscard]] std::optional<std::vector<std::int64_t>> integers_of(const Tensor& tensor);
/// Empty for types other than float32 and float64.
[[nodiscard]] std::optional<std::vector<double>> reals_of(const Tensor& tensor);

/// The numbers as elements of `type`; reals are cut towards zero and clamped for integer types.
/// Empty for half precision.
[[nodiscard]] std::optional<Tensor> tensor_of(DataType type, const Shape& shape,
                                              const std::vector<std::int64_t>& numbers);
[[nodiscard]] std::optional<Tensor> tensor_of(DataType type, const Shape& shape, const std::vector<double>& numbers);

}  // namespace cleave
