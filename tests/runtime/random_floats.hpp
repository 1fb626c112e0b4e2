#pragma once
/// Numbers for kernels that are tested by themselves.

#include <cleave/tensor.hpp>

#include <cstdint>
#include <random>
#include <vector>

namespace cleave::cpu {

using Floats = std::vector<float, CacheAligned<float>>;

inline Floats random_floats(std::int64_t count, std::mt19937& random) {
  std::normal_distribution<float> normal;
  Floats numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = normal(random);
  return numbers;
}

}  // namespace cleave::cpu
