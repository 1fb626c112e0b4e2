#pragma once
/// Weights as whole multiples of a step per channel.

#include <cstdint>
#include <span>
#include <vector>

namespace cleave::cpu {

/// Which index of the weights counts the result's channels.
enum class Channels { rows, columns };

struct Quantized {
  std::vector<std::int8_t> integers;  ///< from -127 to 127
  std::vector<float> steps;           ///< per channel
};
/// The step of a channel is its largest size / 127.
[[nodiscard]] Quantized quantize(std::span<const float> weights, std::size_t channels, Channels order);

}  // namespace cleave::cpu
