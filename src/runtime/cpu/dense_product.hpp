#pragma once
/// Products with constant weights in fp32 by own panels: of matrices, and 1 x 1 convolutions. oneDNN's kernels wait for
/// weights that are in no cache; these fetch the next while they multiply.

#include "runtime/cpu/onednn.hpp"
#include "runtime/cpu/quantized.hpp"

namespace cleave::cpu {

/// Whether [m, k] * [k, n] is computed so on this CPU: a rule on the shape, as the same operator has to compute the
/// same bits wherever it runs.
[[nodiscard]] bool suits_panels(const onednn::ProductShape& shape, const onednn::Epilogue& epilogue);
[[nodiscard]] bool suits_panels(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue);

/// Row-major. Precondition: it suits, and all parameters are constants. `bias` null: none.
[[nodiscard]] onednn::Routine panel_product(const onednn::Library& library, const onednn::ProductShape& shape,
                                            const float* weights, const float* bias, const onednn::Epilogue& epilogue);
/// Channels-last, else as panel_product.
[[nodiscard]] onednn::Routine panel_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                                const float* weights, const float* bias,
                                                const onednn::Epilogue& epilogue);

}  // namespace cleave::cpu
