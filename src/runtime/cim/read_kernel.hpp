#pragma once
/// The innermost loop of the emulation: input vectors pass over one weight slice of packed cells, and a converter reads
/// every partial sum.
///
/// Inputs and cells are packed in units of 32 bits along the rows: four products of an unsigned and a signed byte, or
/// two of 16 bits where noise makes cells finer than whole digits. That is what one lane of AVX512-VNNI multiplies and
/// adds in one instruction. The portable loop reads the same memory and says the same numbers.

#include <cstddef>
#include <cstdint>
#include <span>

namespace cleave::cim {

/// Columns of a strip of cells, and input vectors that one call takes at most.
constexpr int kStrip = 32, kMostVectors = 128;
/// Units behind the cells that kernels may read: a matrix instruction takes 16.
constexpr int kUnitsBeyond = 15;

/// A converter says round(partial sum / step), halves to even, within [-limit, limit]; with `exact` the sum itself.
struct Converter {
  float gain = 1;   ///< 1 / step
  float limit = 0;  ///< largest code
  bool exact = true;
  friend bool operator==(const Converter&, const Converter&) = default;
};

struct Reading {
  const std::byte* inputs = nullptr;  ///< of the first vector, least significant step
  std::ptrdiff_t vector_bytes = 0;    ///< from one vector to the next
  std::ptrdiff_t step_bytes = 0;      ///< from one step of the inputs to the next
  int steps = 1;                      ///< of `dac_bits` each
  int dac_bits = 8;
  int vectors = 1;                             ///< 1 to kMostVectors
  const std::byte* cells = nullptr;            ///< [unit][kStrip][4 bytes], on a cache line
  std::span<const std::int32_t> block_ends{};  ///< in units, ascending
  bool wide = false;                           ///< 16 bits for a cell and an input, not 8
  bool half_strip = false;                     ///< only the first half of the strip has weights
  Converter converter{};
  std::int32_t* sums = nullptr;  ///< [vector][kStrip]: sum over steps and blocks of code << (step * dac_bits)
};

/// round(x * gain + zero), halves to even, within [0, most].
struct InputScale {
  float gain = 1;
  float zero = 0;
  float most = 255;
};

/// `vectors` rows of a strip of sums become numbers:
/// result = clamp(scale * (sum over slices of weight * sums) + offset + residual, low, high)
/// and inputs of the next product.
struct Finishing {
  const std::int32_t* sums = nullptr;    ///< [slice][kMostVectors][kStrip]
  std::span<const float> slice_steps{};  ///< what one code of each slice is worth
  int vectors = 1, columns = kStrip;
  const float* scale = nullptr;     ///< per column
  const float* offset = nullptr;    ///< per column
  const float* residual = nullptr;  ///< as `result`; null: none
  std::ptrdiff_t row_stride = 0;    ///< of result, residual and inputs, in elements
  float low = 0, high = 0;
  float* result = nullptr;         ///< null: not wanted
  std::uint8_t* inputs = nullptr;  ///< the result by `input_scale`, as `result`; null: not wanted
  InputScale input_scale = {};
};

/// Of a single slice, first read, then finished. What is in the sums afterwards is not said.
struct ReadingToEnd {
  Reading reading = {};
  Finishing finishing = {};
};

/// Copies `pieces` of `length` bytes each, from where they begin behind `from`, one behind the other. May read and
/// write up to kBeyond bytes beyond the last.
struct Gathering {
  const std::uint8_t* from = nullptr;
  std::span<const std::int64_t> pieces{};
  std::int64_t length = 0;
  std::uint8_t* to = nullptr;
};
constexpr std::size_t kBeyond = 64;

/// What a processor offers. All of them compute the same bits.
struct ReadKernels {
  int vectors = kMostVectors;  ///< of a call that makes the most of the processor
  void (*read)(const Reading& reading) = nullptr;
  void (*finish)(const Finishing& finishing) = nullptr;
  /// Many at once: a processor may have to be prepared.
  void (*read_finished)(std::span<const ReadingToEnd> readings) = nullptr;
  void (*quantize)(std::span<const float> from, const InputScale& scale, std::uint8_t* to) = nullptr;
  void (*gather)(const Gathering& gathering) = nullptr;
};
[[nodiscard]] ReadKernels portable_kernels();
/// Precondition: has_avx512_vnni().
[[nodiscard]] ReadKernels avx512_kernels();
[[nodiscard]] bool has_avx512_vnni();
/// Precondition: has_amx_int8().
[[nodiscard]] ReadKernels amx_kernels();
/// Asks the system for the use of tiles, which it grants the whole process.
[[nodiscard]] bool has_amx_int8();
/// The fastest that this processor has.
[[nodiscard]] inline ReadKernels best_kernels() {
  if (has_amx_int8()) return amx_kernels();
  return has_avx512_vnni() ? avx512_kernels() : portable_kernels();
}

}  // namespace cleave::cim
