#pragma once
/// Weights as whole numbers, symmetric, one scale per output channel.

#include <cstdint>
#include <span>
#include <vector>

namespace cleave::cim {

/// weight(row, column) is nearly values[row * columns + column] * scales[column].
struct QuantizedWeights {
  std::int64_t rows = 0, columns = 0;
  std::vector<std::int8_t> values = {};
  std::vector<float> scales = {};

  [[nodiscard]] int at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
};

/// Weight (row, column) stands at `from[row * row_stride + column * column_stride]`. The largest magnitude of a column
/// becomes `largest`.
[[nodiscard]] QuantizedWeights quantize_weights(std::span<const float> from, std::int64_t rows, std::int64_t columns,
                                                std::int64_t row_stride, std::int64_t column_stride, int largest);

}  // namespace cleave::cim
