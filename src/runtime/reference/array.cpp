#include "runtime/reference/array.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace cleave::reference {
namespace {

/// Calls `use` with a null pointer to the C++ type that holds elements of `type`; not for 16-bit floats and booleans.
template <class Use>
void with_plain_type(DataType type, const Use& use) {
  switch (type) {
    case DataType::float32:
      return use(static_cast<float*>(nullptr));
    case DataType::float64:
      return use(static_cast<double*>(nullptr));
    case DataType::int8:
      return use(static_cast<std::int8_t*>(nullptr));
    case DataType::uint8:
      return use(static_cast<std::uint8_t*>(nullptr));
    case DataType::int16:
      return use(static_cast<std::int16_t*>(nullptr));
    case DataType::uint16:
      return use(static_cast<std::uint16_t*>(nullptr));
    case DataType::int32:
      return use(static_cast<std::int32_t*>(nullptr));
    case DataType::uint32:
      return use(static_cast<std::uint32_t*>(nullptr));
    case DataType::int64:
      return use(static_cast<std::int64_t*>(nullptr));
    case DataType::uint64:
      return use(static_cast<std::uint64_t*>(nullptr));
    case DataType::float16:
    case DataType::bfloat16:
    case DataType::boolean:
      break;
  }
}

template <class T>
T narrow(double x) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(x);
  } else {
    if (std::isnan(x)) return 0;
    if (x <= static_cast<double>(std::numeric_limits<T>::lowest())) return std::numeric_limits<T>::lowest();
    if (x >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    return static_cast<T>(x);
  }
}

struct Float16Format {
  int exponent_bits;
  int mantissa_bits;
};
Float16Format format_of(DataType type) {
  return type == DataType::float16 ? Float16Format{5, 10} : Float16Format{8, 7};
}
bool is_float16(DataType type) { return type == DataType::float16 || type == DataType::bfloat16; }

}  // namespace

std::uint16_t encode_float16(double x, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int infinity = ((1 << exponent_bits) - 1) << mantissa_bits;
  const int sign = std::signbit(x) ? 0x8000 : 0;
  const double magnitude = std::abs(x);
  int bits = 0;
  if (std::isnan(x)) {
    bits = infinity | (1 << (mantissa_bits - 1));
  } else if (std::isinf(x)) {
    bits = infinity;
  } else if (magnitude > 0) {
    const int exponent = std::max(std::ilogb(magnitude), 1 - bias);
    // The implicit leading one adds 1 to the exponent field, and so does a mantissa that rounds up to 2.
    const double mantissa = std::nearbyint(std::ldexp(magnitude, mantissa_bits - exponent));
    const double whole = std::ldexp(exponent + bias - 1, mantissa_bits) + mantissa;
    bits = whole < infinity ? static_cast<int>(whole) : infinity;
  }
  return static_cast<std::uint16_t>(sign | bits);
}

double decode_float16(std::uint16_t bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int all_ones = (1 << exponent_bits) - 1;
  const int exponent = (bits >> mantissa_bits) & all_ones;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  double magnitude = 0;
  if (exponent == all_ones) {
    magnitude = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(mantissa, 1 - bias - mantissa_bits);
  } else {
    magnitude = std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

Array zeros(const Shape& shape) { return {shape, std::vector<double>(static_cast<std::size_t>(element_count(shape)))}; }

Array to_array(const Tensor& tensor) {
  Array array = zeros(tensor.shape);
  if (is_float16(tensor.type)) {
    const Float16Format format = format_of(tensor.type);
    std::ranges::transform(tensor.as<std::uint16_t>(), array.data.begin(), [&](std::uint16_t bits) {
      return decode_float16(bits, format.exponent_bits, format.mantissa_bits);
    });
  } else if (tensor.type == DataType::boolean) {
    std::ranges::transform(tensor.as<std::uint8_t>(), array.data.begin(), [](std::uint8_t b) { return b != 0; });
  } else {
    with_plain_type(tensor.type, [&]<class T>(T*) {
      std::ranges::transform(tensor.as<T>(), array.data.begin(), [](T x) { return static_cast<double>(x); });
    });
  }
  return array;
}

Tensor to_tensor(const Array& array, DataType type) {
  Tensor tensor(type, array.shape);
  if (is_float16(type)) {
    const Float16Format format = format_of(type);
    std::ranges::transform(array.data, tensor.as<std::uint16_t>().begin(),
                           [&](double x) { return encode_float16(x, format.exponent_bits, format.mantissa_bits); });
  } else if (type == DataType::boolean) {
    std::ranges::transform(array.data, tensor.as<std::uint8_t>().begin(),
                           [](double x) { return static_cast<std::uint8_t>(x != 0); });
  } else {
    with_plain_type(type, [&]<class T>(T*) {
      std::ranges::transform(array.data, tensor.as<T>().begin(), [](double x) { return narrow<T>(x); });
    });
  }
  return tensor;
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

std::vector<std::int64_t> all_of(std::int64_t extent) {
  std::vector<std::int64_t> map(static_cast<std::size_t>(extent));
  std::iota(map.begin(), map.end(), 0);
  return map;
}

Array pick(const Array& in, const std::vector<std::vector<std::int64_t>>& maps, double fill) {
  // Axis by axis, outermost first: `source` holds, for each combination so far, its place in `in` or -1.
  const Shape strides = strides_of(in.shape);
  std::vector<std::int64_t> source = {0};
  Array out;
  for (std::size_t axis = 0; axis < maps.size(); ++axis) {
    std::vector<std::int64_t> next;
    next.reserve(source.size() * maps[axis].size());
    for (const std::int64_t base : source) {
      for (const std::int64_t position : maps[axis]) {
        next.push_back(base < 0 || position < 0 ? -1 : base + position * strides[axis]);
      }
    }
    source = std::move(next);
    out.shape.push_back(static_cast<std::int64_t>(maps[axis].size()));
  }
  out.data.reserve(source.size());
  for (const std::int64_t place : source)
    out.data.push_back(place < 0 ? fill : in.data[static_cast<std::size_t>(place)]);
  return out;
}

Array transpose(const Array& in, const std::vector<std::int64_t>& permutation) {
  const Shape strides = strides_of(in.shape);
  std::vector<std::int64_t> source = {0};
  Array out;
  for (const std::int64_t axis : permutation) {
    const std::int64_t extent = in.shape[static_cast<std::size_t>(axis)];
    const std::int64_t stride = strides[static_cast<std::size_t>(axis)];
    std::vector<std::int64_t> next;
    next.reserve(source.size() * static_cast<std::size_t>(extent));
    for (const std::int64_t base : source) {
      for (std::int64_t i = 0; i < extent; ++i) next.push_back(base + i * stride);
    }
    source = std::move(next);
    out.shape.push_back(extent);
  }
  out.data.reserve(source.size());
  for (const std::int64_t place : source) out.data.push_back(in.data[static_cast<std::size_t>(place)]);
  return out;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  return std::equal(from.rbegin(), from.rend(), to.rbegin(),
                    [](std::int64_t f, std::int64_t t) { return f == 1 || f == t; });
}

Array broadcast_to(const Array& in, const Shape& shape) {
  Array padded = in;
  padded.shape.insert(padded.shape.begin(), shape.size() - in.shape.size(), 1);
  if (padded.shape == shape) return padded;
  std::vector<std::vector<std::int64_t>> maps;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto extent = static_cast<std::size_t>(shape[axis]);
    maps.push_back(padded.shape[axis] == shape[axis] ? all_of(shape[axis]) : std::vector<std::int64_t>(extent, 0));
  }
  return pick(padded, maps);
}

std::int64_t extent_between(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t extent = 1;
  for (std::size_t axis = begin; axis < end; ++axis) extent *= shape[axis];
  return extent;
}

}  // namespace cleave::reference
