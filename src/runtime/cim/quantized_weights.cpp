#include "runtime/cim/quantized_weights.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::cim {

QuantizedWeights quantize_weights(std::span<const float> from, std::int64_t rows, std::int64_t columns,
                                  std::int64_t row_stride, std::int64_t column_stride, int largest) {
  QuantizedWeights weights{.rows = rows, .columns = columns};
  weights.values.resize(static_cast<std::size_t>(rows * columns));
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return from[static_cast<std::size_t>(row * row_stride + column * column_stride)];
  };
  for (std::int64_t column = 0; column < columns; ++column) {
    float most = 0;
    for (std::int64_t row = 0; row < rows; ++row) most = std::max(most, std::fabs(at(row, column)));
    const float scale = most > 0 ? most / static_cast<float>(largest) : 1;
    weights.scales.push_back(scale);
    for (std::int64_t row = 0; row < rows; ++row) {
      const long value = std::lround(static_cast<double>(at(row, column)) / static_cast<double>(scale));
      weights.values[static_cast<std::size_t>(row * columns + column)] =
          static_cast<std::int8_t>(std::clamp<long>(value, -largest, largest));
    }
  }
  return weights;
}

}  // namespace cleave::cim
