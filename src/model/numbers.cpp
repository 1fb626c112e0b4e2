#include "model/numbers.hpp"

#include "model/half_precision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace cleave {

namespace {

template <class To, class From>
std::vector<To> converted(const Tensor& tensor) {
  const auto elements = tensor.as<From>();
  return {elements.begin(), elements.end()};
}

/// A cast of a number that does not fit is undefined in C++; here it saturates.
template <class To, class From>
To saturated(From number) {
  if constexpr (std::is_same_v<From, double> && std::is_integral_v<To>) {
    if (std::isnan(number)) return 0;
    // 2^63 and 2^64 round up as doubles: not below the limit means at the limit.
    if (number >= static_cast<double>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    if (number <= static_cast<double>(std::numeric_limits<To>::lowest())) return std::numeric_limits<To>::lowest();
  }
  return static_cast<To>(number);
}

template <class To, class From>
Tensor filled(DataType type, const Shape& shape, const std::vector<From>& numbers) {
  Tensor tensor(type, shape);
  const auto target = tensor.as<To>();
  for (std::size_t i = 0; i < target.size(); ++i) target[i] = saturated<To>(numbers[i]);
  return tensor;
}

template <class From>
std::optional<Tensor> tensor_from(DataType type, const Shape& shape, const std::vector<From>& numbers) {
  if (static_cast<std::size_t>(element_count(shape)) != numbers.size()) return std::nullopt;
  switch (type) {
    case DataType::float32:
      return filled<float>(type, shape, numbers);
    case DataType::float64:
      return filled<double>(type, shape, numbers);
    case DataType::int8:
      return filled<std::int8_t>(type, shape, numbers);
    case DataType::uint8:
      return filled<std::uint8_t>(type, shape, numbers);
    case DataType::int16:
      return filled<std::int16_t>(type, shape, numbers);
    case DataType::uint16:
      return filled<std::uint16_t>(type, shape, numbers);
    case DataType::int32:
      return filled<std::int32_t>(type, shape, numbers);
    case DataType::uint32:
      return filled<std::uint32_t>(type, shape, numbers);
    case DataType::int64:
      return filled<std::int64_t>(type, shape, numbers);
    case DataType::uint64:
      return filled<std::uint64_t>(type, shape, numbers);
    case DataType::boolean: {
      Tensor tensor(type, shape);
      std::transform(numbers.begin(), numbers.end(), tensor.as<std::uint8_t>().begin(),
                     [](From number) -> std::uint8_t { return number != From{} ? 1 : 0; });
      return tensor;
    }
    case DataType::float16:
    case DataType::bfloat16: {
      Tensor tensor(type, shape);
      std::transform(numbers.begin(), numbers.end(), tensor.as<std::uint16_t>().begin(),
                     [type](From number) { return to_half(type, static_cast<double>(number)); });
      return tensor;
    }
  }
  return std::nullopt;
}

Tensor widened(const Tensor& tensor) {
  Tensor result(DataType::float32, tensor.shape);
  std::ranges::transform(tensor.as<std::uint16_t>(), result.as<float>().begin(),
                         [&](std::uint16_t bits) { return from_half(tensor.type, bits); });
  return result;
}

}  // namespace

bool is_real(DataType type) {
  return type == DataType::float32 || type == DataType::float64 || type == DataType::float16 ||
         type == DataType::bfloat16;
}

std::optional<std::vector<std::int64_t>> integers_of(const Tensor& tensor) {
  switch (tensor.type) {
    case DataType::int64:
      return converted<std::int64_t, std::int64_t>(tensor);
    case DataType::int32:
      return converted<std::int64_t, std::int32_t>(tensor);
    case DataType::int16:
      return converted<std::int64_t, std::int16_t>(tensor);
    case DataType::int8:
      return converted<std::int64_t, std::int8_t>(tensor);
    case DataType::uint32:
      return converted<std::int64_t, std::uint32_t>(tensor);
    case DataType::uint16:
      return converted<std::int64_t, std::uint16_t>(tensor);
    case DataType::uint8:
    case DataType::boolean:
      return converted<std::int64_t, std::uint8_t>(tensor);
    default:
      return std::nullopt;
  }
}

std::optional<std::vector<double>> reals_of(const Tensor& tensor) {
  switch (tensor.type) {
    case DataType::float32:
      return converted<double, float>(tensor);
    case DataType::float64:
      return converted<double, double>(tensor);
    default:
      return std::nullopt;
  }
}

Tensor cast(const Tensor& tensor, DataType type) {
  if (tensor.type == type) return tensor;
  if (is_half(tensor.type)) return cast(widened(tensor), type);
  if (tensor.type == DataType::uint64)
    return tensor_from(type, tensor.shape, converted<std::uint64_t, std::uint64_t>(tensor)).value();
  if (const auto integers = integers_of(tensor)) return tensor_from(type, tensor.shape, *integers).value();
  return tensor_from(type, tensor.shape, reals_of(tensor).value()).value();
}

std::optional<Tensor> tensor_of(DataType type, const Shape& shape, const std::vector<std::int64_t>& numbers) {
  return tensor_from(type, shape, numbers);
}

std::optional<Tensor> tensor_of(DataType type, const Shape& shape, const std::vector<double>& numbers) {
  return tensor_from(type, shape, numbers);
}

}  // namespace cleave
