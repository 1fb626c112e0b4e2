#pragma once
/// The loops of Winograd convolutions, for AVX-512. Sources and targets are float or bf16, written as Bf16; all between
/// is float.

#include "runtime/cpu/panel_product.hpp"

#include <cstddef>
#include <cstdint>

namespace cleave::cpu::winograd {

constexpr std::int64_t kTile = 4;           ///< results of a tile in each direction
constexpr std::int64_t kPatch = kTile + 2;  ///< inputs of a tile in each direction
constexpr std::int64_t kPlaces = kPatch * kPatch;
constexpr std::int64_t kLanes = panels::kLanes;  ///< channels come in multiples

/// Floats from one transformed tile to the next. A line more than they need: else rows of many shapes would fall into
/// the same cache set.
constexpr std::int64_t tile_stride(std::int64_t channels) { return kPlaces * channels + kLanes; }

using Bf16 = std::uint16_t;

/// B' x B of one tile, as [place][channel]. `pixels`: its inputs, row by row, `channels` elements each.
void transform_input(const float* const pixels[kPlaces], std::int64_t channels, float* result);
void transform_input(const Bf16* const pixels[kPlaces], std::int64_t channels, float* result);

using panels::Finish;
/// A' products A of one tile, finished. `pixels`: where its results belong, row by row; null where there is none.
void transform_output(const float* products, std::int64_t channels, const Finish& finish,
                      float* const pixels[kTile * kTile]);
void transform_output(const float* products, std::int64_t channels, const Finish& finish,
                      Bf16* const pixels[kTile * kTile]);

}  // namespace cleave::cpu::winograd
