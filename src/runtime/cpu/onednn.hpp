#pragma once
/// What this backend takes from oneDNN, free of oneDNN's own types: only onednn_*.cpp know those.
/// Everything is fp32 where nothing else is said, and computes on the thread that made it.

#include "runtime/cpu/code.hpp"
#include "runtime/cpu/layout.hpp"
#include "runtime/cpu/weight_memory.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cleave::cpu::onednn {

/// Whether this CPU multiplies such elements as fast as its instructions for them allow: bf16 needs AVX512-BF16, u8
/// with s8 VNNI. Without them oneDNN emulates them, slower than fp32, and sums of products of integers may saturate.
[[nodiscard]] bool computes(Element element);
/// Whether it multiplies whole matrices of bf16 in one instruction (AMX), sixteen times as fast as fp32.
[[nodiscard]] bool multiplies_bf16_matrices();

/// The engine that routines are made for. One per backend.
class Library {
 public:
  Library();
  struct Handles;
  [[nodiscard]] const Handles& handles() const { return *handles_; }
  /// Where the routines' constants lie: who uses them holds on to it.
  [[nodiscard]] const std::shared_ptr<WeightMemory>& weights() const { return weights_; }

 private:
  std::shared_ptr<const Handles> handles_;
  std::shared_ptr<WeightMemory> weights_;
};

/// Weights of at least so many bytes are in memory once, not twice, while they are packed.
inline constexpr std::size_t kLargeWeights = std::size_t{1} << 24;

/// Addresses that a routine works on. `scratch` has `scratch_bytes`.
struct Buffers {
  const void* source = nullptr;
  const void* weights = nullptr;  ///< or the second factor; null where packed before
  const float* bias = nullptr;    ///< null where packed before
  void* target = nullptr;
  std::byte* scratch = nullptr;
};

/// A kernel, made for fixed shapes.
struct Routine {
  std::size_t scratch_bytes = 0;
  std::function<void(const Buffers&)> run = {};
};

/// Functions of one element. `alpha`, `beta` mean what `kind` says.
struct Function {
  enum class Kind {
    relu,  ///< max(x, 0) + alpha * min(x, 0)
    clip,  ///< min(max(x, alpha), beta)
    sigmoid,
    tanh,
    elu,  ///< x > 0 ? x : alpha * (exp(x) - 1)
    exp,
    log,
    sqrt,
    square,
    abs,
    softplus,   ///< log(1 + exp(x))
    hardswish,  ///< x * min(max(x / 6 + 1/2, 0), 1)
    gelu_erf,   ///< x / 2 * (1 + erf(x / sqrt(2)))
    gelu_tanh,  ///< its approximation by tanh
    swish,      ///< x / (1 + exp(-alpha * x))
  };
  Kind kind = Kind::relu;
  float alpha = 0;
  float beta = 0;
};

/// What happens to a product before it is stored: times `scale`, plus `sum` times what the target
/// held, then the function.
struct Epilogue {
  std::optional<float> scale = {};
  std::optional<float> sum = {};
  std::optional<Function> function = {};
};

/// Elements of a product's factors and of its result. Where `source` is u8 the weights are s8 and
///   result = function(rescale[channel] * sum of (source - source_zero) * weights + bias[channel] + sum * held)
/// is stored, if `target` is u8, as round(result * target_factor) + target_zero, and `held` is the element as it was
/// stored.
struct Arithmetic {
  Element source = Element::f32, weights = Element::f32, target = Element::f32;
  std::int32_t source_zero = 0, target_zero = 0;
  std::vector<float> rescale = {};  ///< empty: 1
  float target_factor = 1;
};

/// Any number of spatial dimensions; source and target channels-last, weights [O, I/groups, spatial...].
struct ConvolutionShape {
  Shape source = {};
  Shape weights = {};
  Shape target = {};
  std::int64_t groups = 1;
  Strides strides = {}, dilations = {}, pads_begin = {}, pads_end = {};
  bool has_bias = false;
};
/// `weights` (s8 where the arithmetic says so, else float) and `bias` are packed once; null: they come with every run.
/// What large `weights` held is lost: their memory goes back to the system as they are packed.
[[nodiscard]] Routine convolution(const Library& library, const ConvolutionShape& shape, void* weights,
                                  const float* bias, const Epilogue& epilogue, const Arithmetic& arithmetic = {});

/// batch products [m, k] * [k, n], row-major, each factor possibly stored transposed.
struct ProductShape {
  std::int64_t batch = 1, m = 0, k = 0, n = 0;
  bool source_transposed = false, weights_transposed = false;
  bool has_bias = false;  ///< one per column
};
/// `weights` (s8 where the arithmetic says so, else float) and `bias` are packed once; null: they come with every run,
/// the weights as the arithmetic's elements. What large `weights` held is lost, as in convolution.
[[nodiscard]] Routine product(const Library& library, const ProductShape& shape, void* weights, const float* bias,
                              const Epilogue& epilogue, const Arithmetic& arithmetic = {});

/// Source and target channels-last.
struct PoolShape {
  enum class Kind { max, average, average_with_padding };
  Kind kind = Kind::max;
  Shape source = {};
  Shape target = {};
  Strides kernel = {}, strides = {}, dilations = {}, pads_begin = {}, pads_end = {};
  Element element = Element::f32;
};
[[nodiscard]] Routine pool(const Library& library, const PoolShape& shape);

/// x / (bias + alpha / size * sum of squares over `size` (odd) channels)^beta, channels-last.
struct ResponseNorm {
  Shape shape = {};
  std::int64_t size = 1;
  float alpha = 0, beta = 0, bias = 0;
};
[[nodiscard]] Routine response_norm(const Library& library, const ResponseNorm& norm);

/// Over the middle one of [outer, extent, inner], row-major.
[[nodiscard]] Routine softmax(const Library& library, std::int64_t outer, std::int64_t extent, std::int64_t inner,
                              bool logarithm);

[[nodiscard]] Routine elementwise(const Library& library, std::int64_t count, const Function& function);

/// Copies between orders of the same elements; strides in elements, per dimension of `shape`.
[[nodiscard]] Routine reorder(const Library& library, Element element, const Shape& shape, const Strides& from,
                              const Strides& to);

}  // namespace cleave::cpu::onednn
