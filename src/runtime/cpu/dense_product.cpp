#include "runtime/cpu/dense_product.hpp"

#include "runtime/cpu/panel_finish.hpp"
#include "runtime/cpu/tile_product.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

namespace cleave::cpu {
namespace {

using panels::Finish;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

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

/// Some of the rows times some of their inputs.
struct Piece {
  const float* source = nullptr;  ///< of all rows
  std::int64_t first = 0, count = 0;
  std::int64_t begin = 0, length = 0;  ///< inputs
  const float* weights = nullptr;      ///< packed, of these inputs
  float* result = nullptr;             ///< of the first of these rows
  std::int64_t out = 0;
  const Finish* finish = nullptr;
};

/// By fused multiply-adds. Rows are copied side by side where that is not how they lie, or where they would fall into
/// the same cache set.
class PanelKernel {
 public:
  /// Floats of the first factor that are multiplied together: they stay in a core's own cache, beside the weights.
  static constexpr std::int64_t kChunkFloats = std::int64_t{3} << 16;
  /// Inputs whose products are summed in one go: longer rows would not leave a panel room in the cache.
  static constexpr std::int64_t kMostInputs = 1024;
  static constexpr std::int64_t kRows = panels::kMostRows;

  PanelKernel(const Rows& rows, std::int64_t longest)
      : rows_(rows),
        gathers_(!rows.are_dense() || rows.length % panels::kSameSet == 0),
        stride_(gathers_ ? longest + panels::kLanes : rows.length) {}

  static std::int64_t packed_floats(std::int64_t in, std::int64_t out) { return in * out; }
  static std::int64_t packed_place(std::int64_t in, std::int64_t out, std::int64_t input, std::int64_t column) {
    return panels::packed_place(in, out, input, column);
  }
  [[nodiscard]] std::size_t scratch_bytes(std::int64_t rows) const {
    return gathers_ ? sizeof(float) * static_cast<std::size_t>(rows * stride_) : 0;
  }

  void multiply(const Piece& piece, std::byte* scratch) const {
    panels::multiply({.inputs = inputs_of(piece, reinterpret_cast<float*>(scratch)),
                      .weights = piece.weights,
                      .result = piece.result,
                      .rows = piece.count,
                      .in = piece.length,
                      .out = piece.out,
                      .input_stride = stride_,
                      .result_stride = piece.out,
                      .finish = piece.finish});
  }

 private:
  const float* inputs_of(const Piece& piece, float* scratch) const {
    if (!gathers_) return piece.source + piece.first * rows_.length + piece.begin;
    for (std::int64_t i = 0; i < piece.count; ++i)
      std::copy_n(piece.source + rows_.offset(piece.first + i) + piece.begin, piece.length, scratch + i * stride_);
    return scratch;
  }

  Rows rows_;
  bool gathers_;
  std::int64_t stride_;
};

/// By matrix instructions.
class TileKernel {
 public:
  /// Of a core's own cache parts take one and a half times as much as the floats.
  static constexpr std::int64_t kChunkFloats = std::int64_t{1} << 17;
  static constexpr std::int64_t kMostInputs = 512;
  static constexpr std::int64_t kRows = tiles::kRows;

  TileKernel(const Rows& rows, std::int64_t longest) : rows_(rows), longest_(longest) {}

  static std::int64_t packed_floats(std::int64_t in, std::int64_t out) { return tiles::packed_floats(in, out); }
  static std::int64_t packed_place(std::int64_t in, std::int64_t out, std::int64_t input, std::int64_t column) {
    return tiles::packed_place(in, out, input, column);
  }
  [[nodiscard]] std::size_t scratch_bytes(std::int64_t rows) const {
    return sizeof(tiles::Part) *
           static_cast<std::size_t>(tiles::row_parts(rows, longest_) + 2 * tiles::panel_parts(longest_));
  }

  void multiply(const Piece& piece, std::byte* scratch) const {
    auto* parts = reinterpret_cast<tiles::Part*>(scratch);
    for (std::int64_t i = 0; i < piece.count; ++i)
      tiles::split_row(piece.source + rows_.offset(piece.first + i) + piece.begin, piece.length, i, parts);
    tiles::multiply({.rows = parts,
                     .weights = piece.weights,
                     .panels = parts + tiles::row_parts(piece.count, piece.length),
                     .result = piece.result,
                     .count = piece.count,
                     .in = piece.length,
                     .out = piece.out,
                     .result_stride = piece.out,
                     .finish = piece.finish});
  }

 private:
  Rows rows_;
  std::int64_t longest_;
};

template <class Kernel>
class DenseProduct {
 public:
  DenseProduct(const onednn::Library& library, const Rows& rows, std::int64_t columns, const Weights& weights,
               const float* bias, const onednn::Epilogue& epilogue)
      : rows_(rows),
        out_(columns),
        slices_((rows.length + Kernel::kMostInputs - 1) / Kernel::kMostInputs),
        chunk_(rows_at_once(rows.count, longest())),
        kernel_(rows, longest()),
        memory_(library.weights()),
        weights_(reinterpret_cast<float*>(memory_->allocate(sizeof(float) * static_cast<std::size_t>(place(slices_))))),
        finish_(panels::finish_of(epilogue)) {
    pack(weights);
    if (bias) bias_.assign(bias, bias + out_);
    if (bias) finish_.bias = bias_.data();
    if (epilogue.function && !panels::can_finish(*epilogue.function))
      behind_ = onednn::elementwise(library, rows.count * columns, *epilogue.function);
  }
  DenseProduct(const DenseProduct&) = delete;
  DenseProduct& operator=(const DenseProduct&) = delete;

  [[nodiscard]] std::size_t scratch_bytes() const {
    return std::max(kernel_.scratch_bytes(chunk_), behind_.scratch_bytes);
  }

  void run(const onednn::Buffers& buffers) const {
    auto* target = static_cast<float*>(buffers.target);
    for (std::int64_t first = 0; first < rows_.count; first += chunk_)
      for (std::int64_t slice = 0; slice < slices_; ++slice) {
        const Finish finish = finish_of_slice(slice);
        kernel_.multiply({.source = static_cast<const float*>(buffers.source),
                          .first = first,
                          .count = std::min(chunk_, rows_.count - first),
                          .begin = begin(slice),
                          .length = begin(slice + 1) - begin(slice),
                          .weights = weights_ + place(slice),
                          .result = target + first * out_,
                          .out = out_,
                          .finish = &finish},
                         buffers.scratch);
      }
    if (behind_.run) behind_.run({.source = target, .target = target, .scratch = buffers.scratch});
  }

 private:
  /// Chunks of about equal size, of whole blocks.
  static std::int64_t rows_at_once(std::int64_t rows, std::int64_t length) {
    const std::int64_t chunks = (rows * length + Kernel::kChunkFloats - 1) / Kernel::kChunkFloats;
    const std::int64_t blocks = (rows + chunks * Kernel::kRows - 1) / (chunks * Kernel::kRows);
    return std::min(rows, blocks * Kernel::kRows);
  }

  [[nodiscard]] std::int64_t begin(std::int64_t slice) const { return slice * rows_.length / slices_; }
  /// Of the slices.
  [[nodiscard]] std::int64_t longest() const { return (rows_.length + slices_ - 1) / slices_; }
  /// Where the weights of a slice begin.
  [[nodiscard]] std::int64_t place(std::int64_t slice) const {
    std::int64_t floats = 0;
    for (std::int64_t before = 0; before < slice; ++before)
      floats += Kernel::packed_floats(begin(before + 1) - begin(before), out_);
    return floats;
  }

  /// The first slice adds what is to be added, the last brings the sum within its limits.
  [[nodiscard]] Finish finish_of_slice(std::int64_t slice) const {
    Finish finish = finish_;
    if (slice > 0) std::tie(finish.bias, finish.held) = std::tuple(nullptr, 1.0F);
    if (slice + 1 < slices_) std::tie(finish.low, finish.high) = std::pair(-kInfinity, kInfinity);
    return finish;
  }

  void pack(const Weights& weights) {
    std::fill_n(weights_, place(slices_), 0.0F);
    for (std::int64_t slice = 0; slice < slices_; ++slice) {
      const std::int64_t first = begin(slice), in = begin(slice + 1) - first;
      float* packed = weights_ + place(slice);
      for (std::int64_t column = 0; column < out_; ++column)
        for (std::int64_t i = 0; i < in; ++i)
          packed[Kernel::packed_place(in, out_, i, column)] =
              weights.at[(first + i) * weights.input + column * weights.column];
    }
  }

  Rows rows_;
  std::int64_t out_, slices_, chunk_;
  Kernel kernel_;
  std::shared_ptr<WeightMemory> memory_;
  float* weights_;  ///< in it
  std::vector<float> bias_;
  Finish finish_;
  onednn::Routine behind_;  ///< the function, where it is not within `finish_`
};

enum class Way { none, panels, tiles };

/// A rule on the shape.
Way way_of(std::int64_t rows, std::int64_t length, std::int64_t columns, const onednn::Epilogue& epilogue) {
  if (epilogue.scale || columns % panels::kLanes != 0) return Way::none;
  const auto matrix = matrix_limits();
  if (matrix && rows >= matrix->rows && std::min(length, columns) >= matrix->side &&
      length * columns >= matrix->weights)
    return Way::tiles;
  // Where weights are few they stay in a cache, and oneDNN is as fast or faster.
  constexpr std::int64_t fewest_weights = std::int64_t{1} << 18;
  return panels::has_avx512() && rows >= panels::kMostRows && length * columns >= fewest_weights ? Way::panels
                                                                                                 : Way::none;
}

template <class Kernel>
onednn::Routine routine_of(const onednn::Library& library, const Rows& rows, std::int64_t columns,
                           const Weights& weights, const float* bias, const onednn::Epilogue& epilogue) {
  const auto product = std::make_shared<const DenseProduct<Kernel>>(library, rows, columns, weights, bias, epilogue);
  return {.scratch_bytes = product->scratch_bytes(),
          .run = [product](const onednn::Buffers& buffers) { product->run(buffers); }};
}

onednn::Routine routine_for(const onednn::Library& library, const Rows& rows, std::int64_t columns,
                            const Weights& weights, const float* bias, const onednn::Epilogue& epilogue) {
  const bool by_tiles = way_of(rows.count, rows.length, columns, epilogue) == Way::tiles;
  return (by_tiles ? routine_of<TileKernel> : routine_of<PanelKernel>)(library, rows, columns, weights, bias, epilogue);
}

}  // namespace

std::optional<MatrixLimits> matrix_limits() {
  if (!tiles::has_tiles()) return std::nullopt;
  // Splitting a number takes as long as some products do.
  return MatrixLimits{
      .rows = tiles::kRows + 1, .side = 64, .weights = std::int64_t{1} << 13, .columns = panels::kLanes};
}

bool suits_dense_product(const onednn::ProductShape& shape, const onednn::Epilogue& epilogue) {
  return way_of(shape.m, shape.k, shape.n, epilogue) != Way::none && shape.batch == 1 && !shape.source_transposed;
}

bool suits_dense_product(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue) {
  const Shape& weights = shape.weights;
  const bool reads_pixels = weights.size() == 4 && weights[2] == 1 && weights[3] == 1 && shape.groups == 1;
  const auto pads = [](const Strides& along) { return std::ranges::any_of(along, [](auto pad) { return pad != 0; }); };
  return reads_pixels && !pads(shape.pads_begin) && !pads(shape.pads_end) &&
         way_of(rows_of(shape).count, weights[1], weights[0], epilogue) != Way::none;
}

onednn::Routine dense_product(const onednn::Library& library, const onednn::ProductShape& shape, const float* weights,
                              const float* bias, const onednn::Epilogue& epilogue) {
  const bool transposed = shape.weights_transposed;
  return routine_for(library, Rows{.count = shape.m, .length = shape.k}, shape.n,
                     Weights{weights, transposed ? 1 : shape.n, transposed ? shape.k : 1}, bias, epilogue);
}

onednn::Routine dense_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                  const float* weights, const float* bias, const onednn::Epilogue& epilogue) {
  return routine_for(library, rows_of(shape), shape.target[1], Weights{weights, 1, shape.source[1]}, bias, epilogue);
}

}  // namespace cleave::cpu
