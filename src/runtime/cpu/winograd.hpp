#pragma once
/// Convolutions by Winograd's minimal filtering F(4x4, 3x3): tiles of 4 x 4 results come from 36 products instead of
/// 144 (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016). With A, B and G of that paper,
///   result = A' [sum over channels of (G w G') o (B' x B)] A
/// where the sum is, for each of the 36 places, a product of matrices: tiles by channels times channels by channels.
/// Weights are transformed once, in double. In fp32 the results err about ten times as much as direct sums do. Factors
/// that are bf16 are multiplied as fp32 too, except on CPUs with AMX: with a quarter of the products that is faster
/// than twice as many bf16 products at once.

#include "runtime/cpu/onednn.hpp"

#include <cstdint>
#include <optional>

namespace cleave::cpu {

struct WinogradLimits {
  std::int64_t tile = 0;      ///< results of a tile along a side
  std::int64_t channels = 0;  ///< input and output channels come in multiples of this
  std::int64_t tiles = 0;     ///< fewest
  std::int64_t inputs = 0;    ///< fewest input channels
};
/// Which 3 x 3 convolutions of stride 1, of factors of such elements, are computed so on this CPU; nothing: none.
[[nodiscard]] std::optional<WinogradLimits> winograd_limits(Element element = Element::f32);

/// Whether the convolution can be computed so, and is faster so than in other ways: a rule on the operator and on
/// whether this CPU has AVX-512, no measurement, as the same operator has to compute the same bits wherever it runs.
[[nodiscard]] bool suits_winograd(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue,
                                  Element element = Element::f32);

/// The convolution, channels-last. Precondition: it suits, and all parameters are constants. `bias` null: none.
/// `weights` are rounded to the arithmetic's elements before they are transformed.
[[nodiscard]] onednn::Routine winograd_convolution(const onednn::Library& library,
                                                   const onednn::ConvolutionShape& shape, const float* weights,
                                                   const float* bias, const onednn::Epilogue& epilogue,
                                                   const onednn::Arithmetic& arithmetic = {});

}  // namespace cleave::cpu
