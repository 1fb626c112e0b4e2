#pragma once
/// Convolutions of few channels in fp32 as products of panel_product.hpp, whose rows are read where pixels lie: first
/// layers, whose pixels have fewer channels than vectors have lanes, and 1 x 1 convolutions in groups, whose channels
/// fill lanes in part only. oneDNN pads both to whole blocks.

#include "runtime/cpu/onednn.hpp"

namespace cleave::cpu {

/// Whether the convolution is computed so on this CPU: a rule on the shape, as the same operator has to compute the
/// same bits wherever it runs.
[[nodiscard]] bool suits_narrow_convolution(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue);

/// The convolution, channels-last. Precondition: it suits, and all parameters are constants. `bias` null: none.
[[nodiscard]] onednn::Routine narrow_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                                 const float* weights, const float* bias,
                                                 const onednn::Epilogue& epilogue);

}  // namespace cleave::cpu
