#include "runtime/cpu/winograd.hpp"

#include "runtime/cpu/coding.hpp"
#include "runtime/cpu/panel_finish.hpp"
#include "runtime/cpu/winograd_kernels.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace cleave::cpu {
namespace {

using namespace winograd;

/// Tiles in a plane, and where their inputs begin.
struct Plane {
  std::int64_t batch = 0, source_h = 0, source_w = 0, target_h = 0, target_w = 0, top = 0, left = 0;

  [[nodiscard]] std::int64_t down() const { return (target_h + kTile - 1) / kTile; }
  [[nodiscard]] std::int64_t across() const { return (target_w + kTile - 1) / kTile; }
  [[nodiscard]] std::int64_t tiles() const { return batch * down() * across(); }
};

Plane plane_of(const onednn::ConvolutionShape& shape) {
  return {shape.source[0], shape.source[2],     shape.source[3],    shape.target[2],
          shape.target[3], shape.pads_begin[0], shape.pads_begin[1]};
}

/// Tiles that are transformed before they are multiplied, so that they are still in a cache then: two blocks of rows of
/// the product, four where the weights are in no cache.
std::int64_t tiles_at_once(std::int64_t tiles, std::int64_t in, std::int64_t out) {
  constexpr std::int64_t many_weights = std::int64_t{1} << 22;
  const std::int64_t most = kPlaces * in * out > many_weights ? 56 : 28;
  const std::int64_t chunks = (tiles + most - 1) / most;
  return (tiles + chunks - 1) / chunks;
}

/// G w G' of one 3 x 3 kernel.
std::array<double, kPlaces> transformed(const std::array<float, 9>& kernel) {
  constexpr double g[kPatch][3] = {{1.0 / 4, 0, 0},
                                   {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                   {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                   {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                   {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                   {0, 0, 1}};
  double rows[kPatch][3] = {};
  for (std::size_t i = 0; i < kPatch; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) rows[i][j] += g[i][k] * static_cast<double>(kernel[3 * k + j]);
  std::array<double, kPlaces> result{};
  for (std::size_t i = 0; i < kPatch; ++i)
    for (std::size_t j = 0; j < kPatch; ++j)
      for (std::size_t k = 0; k < 3; ++k) result[i * kPatch + j] += rows[i][k] * g[j][k];
  return result;
}

/// Written to `packed` by place, in panels of columns. `weights` are rounded to `element` first.
void pack_weights(const float* weights, Element element, std::int64_t in, std::int64_t out, float* packed) {
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t i = 0; i < in; ++i) {
      std::array<float, 9> kernel;
      std::copy_n(weights + (o * in + i) * 9, kernel.size(), kernel.begin());
      if (element == Element::bf16) std::ranges::transform(kernel, kernel.begin(), rounded_to_bf16);
      const std::array<double, kPlaces> places = transformed(kernel);
      float* at = packed + panels::packed_place(in, out, i, o);
      for (const double place : places) {
        *at = static_cast<float>(place);
        at += in * out;
      }
    }
}

class Convolution {
 public:
  Convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape, const float* weights,
              const float* bias, const onednn::Epilogue& epilogue, Element element)
      : plane_(plane_of(shape)),
        in_(shape.source[1]),
        out_(shape.target[1]),
        chunk_(tiles_at_once(plane_.tiles(), in_, out_)),
        memory_(library.weights()),
        weights_(reinterpret_cast<float*>(
            memory_->allocate(sizeof(float) * static_cast<std::size_t>(kPlaces * in_ * out_)))),
        zeros_(static_cast<std::size_t>(in_), 0.0F) {
    pack_weights(weights, element, in_, out_, weights_);
    if (bias) bias_.assign(bias, bias + out_);
    finish_ = panels::finish_of(epilogue, bias ? bias_.data() : nullptr);
  }
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;

  [[nodiscard]] std::size_t scratch_bytes() const {
    return sizeof(float) * static_cast<std::size_t>(chunk_ * (tile_stride(in_) + tile_stride(out_)));
  }

  template <class Source, class Target>
  void run(const onednn::Buffers& buffers) const {
    const auto* source = static_cast<const Source*>(buffers.source);
    auto* target = static_cast<Target*>(buffers.target);
    auto* inputs = reinterpret_cast<float*>(buffers.scratch);
    float* products = inputs + chunk_ * tile_stride(in_);
    for (std::int64_t first = 0; first < plane_.tiles(); first += chunk_) {
      const std::int64_t count = std::min(chunk_, plane_.tiles() - first);
      for (std::int64_t i = 0; i < count; ++i) enter(source, first + i, inputs + i * tile_stride(in_));
      for (std::int64_t place = 0; place < kPlaces; ++place)
        panels::multiply({.inputs = inputs + place * in_,
                          .weights = weights_ + place * in_ * out_,
                          .result = products + place * out_,
                          .rows = count,
                          .in = in_,
                          .out = out_,
                          .input_stride = tile_stride(in_),
                          .result_stride = tile_stride(out_)});
      for (std::int64_t i = 0; i < count; ++i) leave(products + i * tile_stride(out_), first + i, target);
    }
  }

 private:
  struct Place {
    std::int64_t image, y, x;  ///< of a tile's first result
  };
  [[nodiscard]] Place place_of(std::int64_t tile) const {
    const std::int64_t row = tile / plane_.across();
    return {row / plane_.down(), row % plane_.down() * kTile, tile % plane_.across() * kTile};
  }

  template <class Source>
  void enter(const Source* source, std::int64_t tile, float* inputs) const {
    const Place at = place_of(tile);
    const Source* image = source + at.image * plane_.source_h * plane_.source_w * in_;
    const Source* pixels[kPlaces];
    for (std::int64_t i = 0; i < kPlaces; ++i) {
      const std::int64_t y = at.y - plane_.top + i / kPatch, x = at.x - plane_.left + i % kPatch;
      const bool inside = y >= 0 && y < plane_.source_h && x >= 0 && x < plane_.source_w;
      pixels[i] = inside ? image + (y * plane_.source_w + x) * in_ : reinterpret_cast<const Source*>(zeros_.data());
    }
    transform_input(pixels, in_, inputs);
  }

  template <class Target>
  void leave(const float* products, std::int64_t tile, Target* target) const {
    const Place at = place_of(tile);
    Target* image = target + at.image * plane_.target_h * plane_.target_w * out_;
    Target* pixels[kTile * kTile];
    for (std::int64_t i = 0; i < kTile * kTile; ++i) {
      const std::int64_t y = at.y + i / kTile, x = at.x + i % kTile;
      pixels[i] = y < plane_.target_h && x < plane_.target_w ? image + (y * plane_.target_w + x) * out_ : nullptr;
    }
    transform_output(products, out_, finish_, pixels);
  }

  Plane plane_;
  std::int64_t in_, out_, chunk_;
  std::shared_ptr<WeightMemory> memory_;
  float* weights_;  ///< in it
  std::vector<float> zeros_, bias_;
  Finish finish_;
};

}  // namespace

std::optional<WinogradLimits> winograd_limits(Element element) {
  if (!panels::has_avx512() || (element != Element::f32 && element != Element::bf16)) return std::nullopt;
  // With few tiles, reading 36 places of weights instead of 9 takes longer than multiplying them; with few channels the
  // transforms take long. Both show where the other way has bf16 products.
  if (element == Element::bf16 && onednn::multiplies_bf16_matrices()) return std::nullopt;
  if (element == Element::bf16) return WinogradLimits{.tile = kTile, .channels = kLanes, .tiles = 36, .inputs = 64};
  return WinogradLimits{.tile = kTile, .channels = kLanes, .tiles = 12, .inputs = kLanes};
}

bool suits_winograd(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue, Element element) {
  const Shape& weights = shape.weights;
  const bool three_by_three = weights.size() == 4 && weights[2] == 3 && weights[3] == 3;
  const auto limits = winograd_limits(element);
  if (!three_by_three || shape.groups != 1 || !panels::can_finish(epilogue) || !limits) return false;
  if (shape.strides != Strides{1, 1} || shape.dilations != Strides{1, 1}) return false;
  const std::int64_t out = weights[0], in = weights[1];
  const bool wide = in % limits->channels == 0 && out % limits->channels == 0;
  return wide && in >= limits->inputs && plane_of(shape).tiles() >= limits->tiles;
}

onednn::Routine winograd_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                     const float* weights, const float* bias, const onednn::Epilogue& epilogue,
                                     const onednn::Arithmetic& arithmetic) {
  const auto convolution =
      std::make_shared<const Convolution>(library, shape, weights, bias, epilogue, arithmetic.weights);
  const bool reads_bf16 = arithmetic.source == Element::bf16, writes_bf16 = arithmetic.target == Element::bf16;
  const auto run = !reads_bf16   ? &Convolution::run<float, float>
                   : writes_bf16 ? &Convolution::run<Bf16, Bf16>
                                 : &Convolution::run<Bf16, float>;
  return {.scratch_bytes = convolution->scratch_bytes(),
          .run = [=](const onednn::Buffers& buffers) { (*convolution.*run)(buffers); }};
}

}  // namespace cleave::cpu
