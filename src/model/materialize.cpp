#include "model/numbers.hpp"

#include <cleave/error.hpp>
#include <cleave/graph.hpp>

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

namespace cleave {

namespace {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the i-th output for a seed, without a state.
std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

/// Uniform in [-1, 1), a multiple of 2^-23: exact as a float.
float unit_draw(std::uint64_t seed, std::uint64_t index) {
  const auto bits = static_cast<std::int32_t>(splitmix64(seed, index) >> 40U);
  return static_cast<float>(bits - (1 << 23)) * 0x1p-23F;
}

std::uint16_t to_bfloat16(float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  if (std::isnan(number)) return 0x7fc0;
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U);
}

std::uint16_t to_float16(float number) {
  const std::uint16_t sign = std::signbit(number) ? 0x8000 : 0;
  const double magnitude = std::abs(static_cast<double>(number));
  if (std::isnan(number)) return 0x7e00;
  if (magnitude >= 65520) return static_cast<std::uint16_t>(sign | 0x7c00);
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude < 2^exponent
  const int unit = std::max(exponent - 11, -24);
  const auto mantissa = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -unit)));
  // A mantissa that rounds up to 2^11 carries into the exponent by itself.
  const auto bits = unit == -24 ? mantissa : mantissa + static_cast<std::uint32_t>((unit + 24) << 10);
  return static_cast<std::uint16_t>(sign | bits);
}

/// One element of `type`.
Tensor encoded(DataType type, double value) {
  if (auto tensor = tensor_of(type, {}, std::vector<double>{value})) return *tensor;
  Tensor tensor(type, {});
  const auto number = static_cast<float>(value);
  tensor.as<std::uint16_t>()[0] = type == DataType::bfloat16 ? to_bfloat16(number) : to_float16(number);
  return tensor;
}

struct Materializer {
  const Constant& constant;

  Tensor operator()(const Tensor& tensor) const { return tensor; }

  Tensor operator()(const SplatWeights& splat) const {
    Tensor tensor(constant.type, constant.shape);
    const Tensor element = encoded(constant.type, splat.value);
    for (std::size_t at = 0; at < tensor.bytes.size(); at += element.bytes.size())
      std::memcpy(tensor.bytes.data() + at, element.bytes.data(), element.bytes.size());
    return tensor;
  }

  /// A uniform distribution of this deviation reaches sqrt(3) of it to either side.
  Tensor operator()(const SeededWeights& drawn) const {
    Tensor tensor(constant.type, constant.shape);
    const auto mean = static_cast<float>(drawn.mean);
    const auto reach = static_cast<float>(drawn.stddev * std::sqrt(3.0));
    if (constant.type == DataType::float32) {
      const auto target = tensor.as<float>();
      for (std::size_t i = 0; i < target.size(); ++i) target[i] = mean + reach * unit_draw(drawn.seed, i);
      return tensor;
    }
    const std::size_t size = size_of(constant.type);
    for (std::size_t i = 0; i * size < tensor.bytes.size(); ++i) {
      const Tensor element = encoded(constant.type, double{mean + reach * unit_draw(drawn.seed, i)});
      std::memcpy(tensor.bytes.data() + i * size, element.bytes.data(), size);
    }
    return tensor;
  }

  Tensor operator()(const FileWeights& stored) const {
    Tensor tensor(constant.type, constant.shape);
    std::ifstream file(stored.path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(stored.offset));
    file.read(reinterpret_cast<char*>(tensor.bytes.data()), static_cast<std::streamsize>(tensor.bytes.size()));
    if (!file)
      throw InputError(
          stored.path, "",
          fmt::format("cannot be read at bytes {} to {}", stored.offset, stored.offset + tensor.bytes.size()),
          "check that the file is still there and complete");
    return tensor;
  }
};

}  // namespace

Tensor materialize(const Constant& constant) { return std::visit(Materializer{constant}, constant.content); }

}  // namespace cleave
