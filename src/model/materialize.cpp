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

/// One element of `type`.
Tensor encoded(DataType type, double value) { return tensor_of(type, {}, std::vector<double>{value}).value(); }

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
    Tensor tensor(stored.type.value_or(constant.type), constant.shape);
    std::ifstream file(stored.path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(stored.offset));
    file.read(reinterpret_cast<char*>(tensor.bytes.data()), static_cast<std::streamsize>(tensor.bytes.size()));
    if (!file)
      throw InputError(
          stored.path, "",
          fmt::format("cannot be read at bytes {} to {}", stored.offset, stored.offset + tensor.bytes.size()),
          "check that the file is still there and complete");
    return stored.type ? cast(tensor, constant.type) : tensor;
  }
};

}  // namespace

Tensor materialize(const Constant& constant) { return std::visit(Materializer{constant}, constant.content); }

}  // namespace cleave
