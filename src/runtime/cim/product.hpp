#pragma once
/// A whole product on crossbars: inputs quantised, cut into vectors, read, and brought back to numbers.

#include "runtime/cim/packed_array.hpp"
#include "runtime/cim/patches.hpp"
#include "runtime/cim/read_kernel.hpp"

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace cleave::cim {

/// Inputs as unsigned whole numbers: x is nearly (number - zero) * step.
struct InputCode {
  float step = 1;
  std::uint8_t zero = 0;
};
/// For inputs from `low` to `high`, widened to hold 0.
[[nodiscard]] InputCode input_code(float low, float high, int largest);

struct ProductShape {
  Patches patches = {};
  std::int64_t groups = 1;
  std::int64_t group_columns = 1;  ///< output channels of a group
  bool unrolled = false;           ///< each kernel position has arrays of its own
};

struct ProductWeights {
  std::vector<QuantizedWeights> groups = {};
  std::vector<float> bias = {};  ///< per output channel; empty: none
};

/// What a product reads and writes, channels-last.
struct Operands {
  const float* source = nullptr;
  const std::uint8_t* inputs = nullptr;  ///< the source by the product's code; null: they are made from it
  const float* residual = nullptr;       ///< null: none; may be `target`
  float* target = nullptr;               ///< null: not wanted
  std::uint8_t* next_inputs = nullptr;   ///< the result by `set_next_code`; null: not wanted
};

class Product {
 public:
  Product(const ProductShape& shape, const ProductWeights& weights, const Crossbar& crossbar, const InputCode& code,
          const CellNoise& noise, const ReadKernels& kernels);

  /// Converters of each slice clip at these partial sums (see PackedArray::set_ranges).
  void set_ranges(std::span<const double> ranges);
  /// Of the product that reads the result.
  void set_next_code(const InputCode& code) { next_scale_ = scale_of(code); }
  /// Results are clamped to [low, high].
  void clamp_results(float low, float high) { low_ = low, high_ = high; }

  [[nodiscard]] std::size_t scratch_bytes() const;
  /// Of `elements` inputs: some are read beyond the last.
  [[nodiscard]] static std::size_t input_bytes(std::int64_t elements) {
    return static_cast<std::size_t>(elements) + kBeyond;
  }
  void run(const Operands& operands, std::byte* scratch) const;

  /// Hands every partial sum of at most `most` vectors, evenly spread, to `see` as it is before conversion.
  using See = std::function<void(int slice, int step, std::span<const std::int32_t> sums)>;
  void observe(const float* source, std::int64_t most, std::byte* scratch, const See& see) const;
  [[nodiscard]] const PackedArray& array() const { return arrays_.front(); }

 private:
  struct Workspace;
  [[nodiscard]] Workspace workspace(std::byte* scratch) const;
  [[nodiscard]] InputScale scale_of(const InputCode& code) const {
    return {.gain = 1 / code.step, .zero = static_cast<float>(code.zero), .most = largest_input_};
  }
  [[nodiscard]] const std::uint8_t* bordered_inputs(const Operands& operands, const Workspace& work) const;
  void pack(const float* source, const std::uint8_t* inputs, const Workspace& work, std::int64_t origin,
            std::int64_t group, std::byte* to) const;
  [[nodiscard]] bool has_border() const { return layout_.bordered != shape_.patches.source; }
  /// Vectors lie whole in the source, and none overlaps another: there is nothing to gather.
  [[nodiscard]] bool has_whole_rows() const { return shape_.patches.positions() == 1 && !has_border(); }
  /// One behind the other, as the array takes them.
  [[nodiscard]] bool reads_in_place() const {
    return has_whole_rows() && shape_.patches.target == shape_.patches.source && array().takes_plain_inputs();
  }
  [[nodiscard]] std::size_t bordered_bytes() const;
  void read_vectors(const Reading& inputs, const PackedArray& array, std::int64_t group, std::int64_t vector,
                    const Workspace& work, const Operands& operands) const;

  ProductShape shape_;
  PatchLayout layout_;
  ReadKernels kernels_;
  float largest_input_ = 255;
  InputScale input_scale_, next_scale_;
  std::uint8_t zero_ = 0;
  float low_ = -std::numeric_limits<float>::infinity(), high_ = std::numeric_limits<float>::infinity();
  std::vector<PackedArray> arrays_;  ///< per group
  std::vector<float> scales_, offsets_;
};

}  // namespace cleave::cim
