#pragma once
/// Products of fp32 matrices for AVX-512, the second packed: [rows, in] * [in, out].

#include <cstdint>

namespace cleave::cpu::panels {

constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kPanel = 2 * kLanes;  ///< columns of packed weights; the last panel may have half as many
constexpr std::int64_t kMostRows = 14;       ///< that are computed at once

/// Rows that are a multiple of so many floats apart fall into the same cache set.
constexpr std::int64_t kSameSet = 1024;

/// Columns that panels for `columns` have: zeros where the last lanes have none.
constexpr std::int64_t packed_columns(std::int64_t columns) { return (columns + kLanes - 1) / kLanes * kLanes; }

[[nodiscard]] bool has_avx512();

/// What happens to a result.
struct Finish {
  const float* bias = nullptr;  ///< one for each column; null: none
  float held = 0;               ///< times what the target held is added
  float low = 0, high = 0;      ///< then it is brought within
};

struct Product {
  const float* inputs = nullptr;
  const float* weights = nullptr;  ///< panels of columns, each [input][column]
  float* result = nullptr;
  std::int64_t rows = 0, in = 0, out = 0;
  std::int64_t input_stride = 0, result_stride = 0;  ///< floats from one row to the next
  std::int64_t run = 0;                              ///< inputs of a row that lie together; 0: all
  std::int64_t run_stride = 0;                       ///< floats from one run to the next
  const Finish* finish = nullptr;                    ///< null: sums are stored as they are
};
/// Every element is summed in the order of the inputs, so that it does not depend on what is computed with it.
void multiply(const Product& product);

/// Where the weight of an input and a column belongs, in floats.
constexpr std::int64_t packed_place(std::int64_t in, std::int64_t out, std::int64_t input, std::int64_t column) {
  const std::int64_t panel = column / kPanel * kPanel, left = packed_columns(out) - panel;
  const std::int64_t width = left < kPanel ? left : kPanel;
  return panel * in + input * width + column - panel;
}

}  // namespace cleave::cpu::panels
