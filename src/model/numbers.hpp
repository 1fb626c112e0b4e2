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

/// What ONNX's Cast makes of it: the nearest of a real type, and of reals whole numbers cut towards zero, clamped where
/// ONNX leaves it open; every number but 0 is true.
[[nodiscard]] Tensor cast(const Tensor& tensor, DataType type);

/// The numbers as elements of `type`, as `cast` makes them. Empty where they are not as many as `shape` has.
[[nodiscard]] std::optional<Tensor> tensor_of(DataType type, const Shape& shape,
                                              const std::vector<std::int64_t>& numbers);
[[nodiscard]] std::optional<Tensor> tensor_of(DataType type, const Shape& shape, const std::vector<double>& numbers);

}  // namespace cleave
