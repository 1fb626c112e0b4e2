#include "runtime/cpu/quantized.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::cpu {

Quantized quantize(std::span<const float> weights, std::size_t channels, Channels order) {
  const std::size_t length = weights.size() / channels;
  const auto channel = [&](std::size_t i) { return order == Channels::rows ? i / length : i % channels; };
  std::vector<float> largest(channels, 0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    largest[channel(i)] = std::max(largest[channel(i)], std::fabs(weights[i]));
  Quantized result;
  for (const float size : largest) result.steps.push_back(size > 0 ? size / 127 : 1);
  result.integers.resize(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    result.integers[i] = static_cast<std::int8_t>(std::lrint(weights[i] / result.steps[channel(i)]));
  return result;
}

}  // namespace cleave::cpu
