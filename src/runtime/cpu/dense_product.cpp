#include "runtime/cpu/dense_product.hpp"

#include "runtime/cpu/panel_product.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

namespace cleave::cpu {
namespace {

using panels::Finish;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Floats of the first factor that are multiplied together: they stay in a core's own cache, beside the weights.
constexpr std::int64_t kChunkFloats = std::int64_t{3} << 16;
/// Inputs whose products are summed in one go: longer rows would not leave a panel room in the cache.
constexpr std::int64_t kMostInputs = 1024;

/// The rows of the first factor: pixels of images, each `stride`-th in both directions.
struct Rows {
  std::int64_t count = 0, length = 0;
  std::int64_t source_h = 1, source_w = 1, target_h = 1, target_w = 1, stride_h = 1, stride_w = 1;

  [[nodiscard]] bool are_dense() const { return source_h == target_h && source_w == target_w; }
  /// Floats from the source's beginning.
  [[nodiscard]] std::int64_t offset(std::int64_t row) const {
    const std::int64_t line = row / target_w, x = row % target_w * stride_w;
    const std::int64_t y = line / target_h * source_h + line % target_h * stride_h;
    return (y * source_w + x) * length;
  }
};

Rows rows_of(const onednn::ConvolutionShape& shape) {
  return {.count = shape.target[0] * shape.target[2] * shape.target[3],
          .length = shape.source[1],
          .source_h = shape.source[2],
          .source_w = shape.source[3],
          .target_h = shape.target[2],
          .target_w = shape.target[3],
          .stride_h = shape.strides[0],
          .stride_w = shape.strides[1]};
}

/// The second factor where it lies: floats from one to the next.
struct Weights {
  const float* at = nullptr;
  std::int64_t input = 0, column = 0;
};

Finish finish_of(const onednn::Epilogue& epilogue) {
  Finish finish{.bias = nullptr, .held = epilogue.sum.value_or(0), .low = -kInfinity, .high = kInfinity};
  if (!epilogue.function) return finish;
  using Kind = onednn::Function::Kind;
  if (epilogue.function->kind == Kind::relu) finish.low = 0;
  if (epilogue.function->kind == Kind::clip)
    std::tie(finish.low, finish.high) = std::pair(epilogue.function->alpha, epilogue.function->beta);
  return finish;
}

/// Whether a Finish says all of it.
bool can_finish(const onednn::Function& function) {
  using Kind = onednn::Function::Kind;
  return function.kind == Kind::clip || (function.kind == Kind::relu && function.alpha == 0);
}

class PanelProduct {
 public:
  PanelProduct(const onednn::Library& library, const Rows& rows, std::int64_t columns, const Weights& weights,
               const float* bias, const onednn::Epilogue& epilogue)
      : rows_(rows),
        out_(columns),
        slices_((rows.length + kMostInputs - 1) / kMostInputs),
        gathers_(!rows.are_dense() || rows.length % kSameSet == 0),
        stride_(gathers_ ? longest() + panels::kLanes : rows.length),
        chunk_(rows_at_once(rows.count, longest())),
        memory_(library.weights()),
        weights_(
            reinterpret_cast<float*>(memory_->allocate(sizeof(float) * static_cast<std::size_t>(rows.length * out_)))),
        finish_(finish_of(epilogue)) {
    pack(weights);
    if (bias) bias_.assign(bias, bias + out_);
    if (bias) finish_.bias = bias_.data();
    if (epilogue.function && !can_finish(*epilogue.function))
      behind_ = onednn::elementwise(library, rows.count * columns, *epilogue.function);
  }
  PanelProduct(const PanelProduct&) = delete;
  PanelProduct& operator=(const PanelProduct&) = delete;

  [[nodiscard]] std::size_t scratch_bytes() const {
    const std::size_t gathered = gathers_ ? sizeof(float) * static_cast<std::size_t>(chunk_ * stride_) : 0;
    return std::max(gathered, behind_.scratch_bytes);
  }

  void run(const onednn::Buffers& buffers) const {
    const auto* source = static_cast<const float*>(buffers.source);
    auto* target = static_cast<float*>(buffers.target);
    auto* scratch = reinterpret_cast<float*>(buffers.scratch);
    for (std::int64_t first = 0; first < rows_.count; first += chunk_)
      for (std::int64_t slice = 0; slice < slices_; ++slice) {
        const Finish finish = finish_of_slice(slice);
        const std::int64_t count = std::min(chunk_, rows_.count - first);
        panels::multiply({.inputs = inputs_of(source, first, count, slice, scratch),
                          .weights = weights_ + begin(slice) * out_,
                          .result = target + first * out_,
                          .rows = count,
                          .in = begin(slice + 1) - begin(slice),
                          .out = out_,
                          .input_stride = stride_,
                          .result_stride = out_,
                          .finish = &finish});
      }
    if (behind_.run) behind_.run({.source = target, .target = target, .scratch = buffers.scratch});
  }

 private:
  /// Rows that are a multiple of so many floats apart fall into the same cache set.
  static constexpr std::int64_t kSameSet = 1024;

  /// Chunks of about equal size, of whole blocks.
  static std::int64_t rows_at_once(std::int64_t rows, std::int64_t length) {
    const std::int64_t chunks = (rows * length + kChunkFloats - 1) / kChunkFloats;
    const std::int64_t blocks = (rows + chunks * panels::kMostRows - 1) / (chunks * panels::kMostRows);
    return std::min(rows, blocks * panels::kMostRows);
  }

  [[nodiscard]] std::int64_t begin(std::int64_t slice) const { return slice * rows_.length / slices_; }
  /// Of the slices.
  [[nodiscard]] std::int64_t longest() const { return (rows_.length + slices_ - 1) / slices_; }

  /// The first slice adds what is to be added, the last brings the sum within its limits.
  [[nodiscard]] Finish finish_of_slice(std::int64_t slice) const {
    Finish finish = finish_;
    if (slice > 0) std::tie(finish.bias, finish.held) = std::tuple(nullptr, 1.0F);
    if (slice + 1 < slices_) std::tie(finish.low, finish.high) = std::pair(-kInfinity, kInfinity);
    return finish;
  }

  void pack(const Weights& weights) {
    for (std::int64_t slice = 0; slice < slices_; ++slice) {
      const std::int64_t first = begin(slice), in = begin(slice + 1) - first;
      for (std::int64_t column = 0; column < out_; ++column)
        for (std::int64_t i = 0; i < in; ++i)
          weights_[first * out_ + panels::packed_place(in, out_, i, column)] =
              weights.at[(first + i) * weights.input + column * weights.column];
    }
  }

  const float* inputs_of(const float* source, std::int64_t first, std::int64_t count, std::int64_t slice,
                         float* scratch) const {
    const std::int64_t from = begin(slice), length = begin(slice + 1) - from;
    if (!gathers_) return source + first * rows_.length + from;
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(source + rows_.offset(first + i) + from, length, scratch + i * stride_);
    return scratch;
  }

  Rows rows_;
  std::int64_t out_, slices_;
  bool gathers_;
  std::int64_t stride_, chunk_;
  std::shared_ptr<WeightMemory> memory_;
  float* weights_;  ///< in it
  std::vector<float> bias_;
  Finish finish_;
  onednn::Routine behind_;  ///< the function, where it is not within `finish_`
};

/// Where weights are few they stay in a cache, and oneDNN is as fast or faster.
bool suits(std::int64_t rows, std::int64_t length, std::int64_t columns, const onednn::Epilogue& epilogue) {
  constexpr std::int64_t fewest_weights = std::int64_t{1} << 18;
  return panels::has_avx512() && !epilogue.scale && rows >= panels::kMostRows && columns % panels::kLanes == 0 &&
         length * columns >= fewest_weights;
}

onednn::Routine routine_of(const std::shared_ptr<const PanelProduct>& product) {
  return {.scratch_bytes = product->scratch_bytes(),
          .run = [product](const onednn::Buffers& buffers) { product->run(buffers); }};
}

}  // namespace

bool suits_panels(const onednn::ProductShape& shape, const onednn::Epilogue& epilogue) {
  return suits(shape.m, shape.k, shape.n, epilogue) && shape.batch == 1 && !shape.source_transposed;
}

bool suits_panels(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue) {
  const Shape& weights = shape.weights;
  const bool reads_pixels = weights.size() == 4 && weights[2] == 1 && weights[3] == 1 && shape.groups == 1;
  const auto pads = [](const Strides& along) { return std::ranges::any_of(along, [](auto pad) { return pad != 0; }); };
  return reads_pixels && !pads(shape.pads_begin) && !pads(shape.pads_end) &&
         suits(rows_of(shape).count, weights[1], weights[0], epilogue);
}

onednn::Routine panel_product(const onednn::Library& library, const onednn::ProductShape& shape, const float* weights,
                              const float* bias, const onednn::Epilogue& epilogue) {
  const bool transposed = shape.weights_transposed;
  return routine_of(std::make_shared<const PanelProduct>(
      library, Rows{.count = shape.m, .length = shape.k}, shape.n,
      Weights{weights, transposed ? 1 : shape.n, transposed ? shape.k : 1}, bias, epilogue));
}

onednn::Routine panel_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                  const float* weights, const float* bias, const onednn::Epilogue& epilogue) {
  return routine_of(std::make_shared<const PanelProduct>(library, rows_of(shape), shape.target[1],
                                                         Weights{weights, 1, shape.source[1]}, bias, epilogue));
}

}  // namespace cleave::cpu
