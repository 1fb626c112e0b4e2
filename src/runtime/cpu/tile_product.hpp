#pragma once
/// Products of fp32 matrices by the matrix instructions of AMX, which know bf16 alone: each number is split into three
/// of bf16, which together have its 24 bits, and of the nine products of parts the six are added that are not below
/// the rounding of a float (Henry, Tang and Heinecke, Leveraging the bfloat16 Artificial Intelligence Datatype For
/// Higher-Precision Computations, ARITH 2019). Sums of such products err less than those of fused multiply-adds in
/// fp32. Numbers that are infinite, or beyond 3.39e38, make results that are none.

#include "runtime/cpu/panel_product.hpp"

#include <cstddef>
#include <cstdint>

namespace cleave::cpu::tiles {

constexpr std::int64_t kLanes = 16;            ///< columns come in multiples
constexpr std::int64_t kColumns = 2 * kLanes;  ///< of a panel of weights; the last may have half as many
constexpr std::int64_t kRows = 32;             ///< that are computed at once
constexpr std::int64_t kDepth = 32;            ///< inputs of an instruction: missing ones count as zeros
constexpr std::int64_t kParts = 3;

/// Whether the processor has them and the system lets this process use them.
[[nodiscard]] bool has_tiles();

/// A part of a number. As large as bf16, which not all compilers know.
using Part = std::uint16_t;

constexpr std::int64_t whole_depths(std::int64_t in) { return (in + kDepth - 1) / kDepth * kDepth; }
/// Floats of packed weights.
constexpr std::int64_t packed_floats(std::int64_t in, std::int64_t out) { return whole_depths(in) * out; }
/// Where the weight of an input and a column belongs in them: an instruction reads pairs of inputs side by side.
constexpr std::int64_t packed_place(std::int64_t in, std::int64_t out, std::int64_t input, std::int64_t column) {
  const std::int64_t panel = column / kColumns * kColumns, width = out - panel < kColumns ? out - panel : kColumns;
  const std::int64_t in_panel = column - panel, tile = in_panel / kLanes;
  return panel * whole_depths(in) + (input / kDepth * (width / kLanes) + tile) * kDepth * kLanes +
         input % kDepth / 2 * kColumns + in_panel % kLanes * 2 + input % 2;
}

/// Parts of so many rows, and of a panel.
constexpr std::int64_t row_parts(std::int64_t rows, std::int64_t in) {
  return (rows + kRows - 1) / kRows * kRows * whole_depths(in) * kParts;
}
constexpr std::int64_t panel_parts(std::int64_t in) { return whole_depths(in) * kColumns * kParts; }

/// Splits the `number`-th row of the first factor. Precondition: has_tiles().
void split_row(const float* row, std::int64_t in, std::int64_t number, Part* parts);

struct Product {
  const Part* rows = nullptr;
  const float* weights = nullptr;  ///< packed
  Part* panels = nullptr;          ///< scratch: of two panels
  float* result = nullptr;
  std::int64_t count = 0, in = 0, out = 0;  ///< of rows, inputs, columns
  std::int64_t result_stride = 0;           ///< floats from one row to the next
  const panels::Finish* finish = nullptr;   ///< what happens to sums
};
/// Every element is summed in the order of the inputs, so that it does not depend on what is computed with it. `rows`
/// and `panels` begin at a multiple of 64 bytes. Precondition: has_tiles().
void multiply(const Product& product);

}  // namespace cleave::cpu::tiles
