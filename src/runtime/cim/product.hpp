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

class Product {
 public:
  Product(const ProductShape& shape, const ProductWeights& weights, const Crossbar& crossbar, const InputCode& code,
          const CellNoise& noise, const ReadKernels& kernels);

  /// Converters of each slice clip at these partial sums (see PackedArray::set_ranges).
  void set_ranges(std::span<const double> ranges);
  /// Results are clamped to [low, high].
  void clamp_results(float low, float high) { low_ = low, high_ = high; }

  [[nodiscard]] std::size_t scratch_bytes() const;
  /// `source` channels-last, `target` and `residual` too; `residual` may be null or `target`.
  void run(const float* source, const float* residual, float* target, std::byte* scratch) const;

  /// Hands every partial sum of at most `most` vectors, evenly spread, to `see` as it is before conversion.
  using See = std::function<void(int slice, int step, std::span<const std::int32_t> sums)>;
  void observe(const float* source, std::int64_t most, std::byte* scratch, const See& see) const;
  [[nodiscard]] const PackedArray& array() const { return arrays_.front(); }

 private:
  struct Workspace;
  [[nodiscard]] Workspace workspace(std::byte* scratch) const;
  void quantize(const float* source, const Workspace& work) const;
  void pack(const float* source, const Workspace& work, std::int64_t origin, std::int64_t group, std::byte* to) const;
  /// Vectors lie whole in the source, and none overlaps another: there is nothing to gather.
  [[nodiscard]] bool quantizes_rows() const {
    return shape_.patches.positions() == 1 && layout_.bordered == shape_.patches.source;
  }
  [[nodiscard]] std::size_t input_bytes() const;
  void read_vectors(const Reading& inputs, const PackedArray& array, std::int64_t group, std::int64_t vector,
                    const Workspace& work, const float* residual, float* target) const;

  ProductShape shape_;
  PatchLayout layout_;
  ReadKernels kernels_;
  InputScale input_scale_;
  std::uint8_t zero_ = 0;
  float low_ = -std::numeric_limits<float>::infinity(), high_ = std::numeric_limits<float>::infinity();
  std::vector<PackedArray> arrays_;  ///< per group
  std::vector<float> scales_, offsets_;
};

}  // namespace cleave::cim
