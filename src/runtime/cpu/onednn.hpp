#pragma once
/// What this backend takes from oneDNN, free of oneDNN's own types: only onednn_*.cpp know those.
/// Everything is fp32 and computes on the thread that made it.

#include "runtime/cpu/layout.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace cleave::cpu::onednn {

/// The engine that routines are made for. One per backend.
class Library {
 public:
  Library();
  struct Handles;
  [[nodiscard]] const Handles& handles() const { return *handles_; }

 private:
  std::shared_ptr<const Handles> handles_;
};

/// Addresses that a routine works on. `scratch` has `scratch_bytes`.
struct Buffers {
  const float* source = nullptr;
  const float* weights = nullptr;  ///< or the second factor; null where packed before
  const float* bias = nullptr;     ///< null where packed before
  float* target = nullptr;
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

/// Any number of spatial dimensions; source and target channels-last, weights [O, I/groups, spatial...].
struct ConvolutionShape {
  Shape source = {};
  Shape weights = {};
  Shape target = {};
  std::int64_t groups = 1;
  Strides strides = {}, dilations = {}, pads_begin = {}, pads_end = {};
  bool has_bias = false;
};
/// `weights` and `bias` are packed once; null: they come with every run.
[[nodiscard]] Routine convolution(const Library& library, const ConvolutionShape& shape, const float* weights,
                                  const float* bias, const Epilogue& epilogue);

/// batch products [m, k] * [k, n], row-major, each factor possibly stored transposed.
struct ProductShape {
  std::int64_t batch = 1, m = 0, k = 0, n = 0;
  bool source_transposed = false, weights_transposed = false;
  bool has_bias = false;  ///< one per column
};
/// `weights` and `bias` are packed once; null: they come with every run.
[[nodiscard]] Routine product(const Library& library, const ProductShape& shape, const float* weights,
                              const float* bias, const Epilogue& epilogue);

/// Source and target channels-last.
struct PoolShape {
  enum class Kind { max, average, average_with_padding };
  Kind kind = Kind::max;
  Shape source = {};
  Shape target = {};
  Strides kernel = {}, strides = {}, dilations = {}, pads_begin = {}, pads_end = {};
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
[[nodiscard]] Routine reorder(const Library& library, const Shape& shape, const Strides& from, const Strides& to);

}  // namespace cleave::cpu::onednn
