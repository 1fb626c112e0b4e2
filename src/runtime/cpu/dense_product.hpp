#pragma once
/// Products with constant weights in fp32 by own kernels: of matrices, and 1 x 1 convolutions. Where the processor has
/// matrix instructions for bf16 they multiply fp32 with all its bits, too (tile_product.hpp). Elsewhere, and where rows
/// are few: oneDNN's kernels wait for weights that are in no cache; these fetch the next while they multiply
/// (panel_product.hpp).

#include "runtime/cpu/onednn.hpp"
#include "runtime/cpu/quantized.hpp"

#include <cstdint>
#include <optional>

namespace cleave::cpu {

/// Whether [m, k] * [k, n] is computed so on this CPU: a rule on the shape, as the same operator has to compute the
/// same bits wherever it runs.
[[nodiscard]] bool suits_dense_product(const onednn::ProductShape& shape, const onednn::Epilogue& epilogue);
[[nodiscard]] bool suits_dense_product(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue);

/// Which of these products are computed by matrix instructions on this CPU; nothing: none.
struct MatrixLimits {
  std::int64_t rows = 0;     ///< fewest
  std::int64_t side = 0;     ///< fewest columns, and fewest inputs of each
  std::int64_t weights = 0;  ///< fewest
  std::int64_t columns = 0;  ///< come in multiples of this
};
[[nodiscard]] std::optional<MatrixLimits> matrix_limits();

/// Row-major. Precondition: it suits, and all parameters are constants. `bias` null: none.
[[nodiscard]] onednn::Routine dense_product(const onednn::Library& library, const onednn::ProductShape& shape,
                                            const float* weights, const float* bias, const onednn::Epilogue& epilogue);
/// Channels-last, else as dense_product.
[[nodiscard]] onednn::Routine dense_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                                const float* weights, const float* bias,
                                                const onednn::Epilogue& epilogue);

}  // namespace cleave::cpu
