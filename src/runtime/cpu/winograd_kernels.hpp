#pragma once
/// The loops of Winograd convolutions, for AVX-512. Sources and targets are float or bf16, written as Bf16; all between
/// is float.

#include <cstddef>
#include <cstdint>

namespace cleave::cpu::winograd {

constexpr std::int64_t kTile = 4;           ///< results of a tile in each direction
constexpr std::int64_t kPatch = kTile + 2;  ///< inputs of a tile in each direction
constexpr std::int64_t kPlaces = kPatch * kPatch;
constexpr std::int64_t kLanes = 16;          ///< channels come in multiples
constexpr std::int64_t kPanel = 2 * kLanes;  ///< columns of packed weights; the last panel may have half as many

/// Floats from one transformed tile to the next. A line more than they need: else rows of many shapes would fall into
/// the same cache set.
constexpr std::int64_t tile_stride(std::int64_t channels) { return kPlaces * channels + kLanes; }

[[nodiscard]] bool has_avx512();

using Bf16 = std::uint16_t;

/// B' x B of one tile, as [place][channel]. `pixels`: its inputs, row by row, `channels` elements each.
void transform_input(const float* const pixels[kPlaces], std::int64_t channels, float* result);
void transform_input(const Bf16* const pixels[kPlaces], std::int64_t channels, float* result);

/// What happens to a result.
struct Finish {
  const float* bias = nullptr;  ///< one for each channel; null: none
  float held = 0;               ///< times what the target held is added
  float low = 0, high = 0;      ///< then it is brought within
};
/// A' products A of one tile, finished. `pixels`: where its results belong, row by row; null where there is none.
void transform_output(const float* products, std::int64_t channels, const Finish& finish,
                      float* const pixels[kTile * kTile]);
void transform_output(const float* products, std::int64_t channels, const Finish& finish,
                      Bf16* const pixels[kTile * kTile]);

/// The products of one place: result[tile] = inputs[tile] * weights, tiles tile_stride of their channels apart.
struct Product {
  const float* inputs = nullptr;
  const float* weights = nullptr;  ///< panels of columns, each [input channel][column]
  float* result = nullptr;
  std::int64_t tiles = 0, in = 0, out = 0;
};
void multiply(const Product& product);

}  // namespace cleave::cpu::winograd
