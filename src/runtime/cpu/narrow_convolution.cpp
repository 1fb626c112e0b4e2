#include "runtime/cpu/narrow_convolution.hpp"

#include "runtime/cpu/panel_finish.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace cleave::cpu {
namespace {

/// Images as products read them.
struct Lines {
  std::int64_t count = 0, rows = 0;    ///< of an image's results
  std::int64_t height = 0, width = 0;  ///< pixels of an image, its border included
  bool has_border = false;
};

/// Pixels that the results of an axis read, from the first to the last.
std::int64_t reach(const onednn::ConvolutionShape& shape, std::size_t axis) {
  return (shape.target[2 + axis] - 1) * shape.strides[axis] + shape.weights[2 + axis];
}

bool reads_each_pixel_once(const onednn::ConvolutionShape& shape) {
  return shape.weights[2] == 1 && shape.weights[3] == 1 && shape.strides == Strides{1, 1};
}

Lines lines_of(const onednn::ConvolutionShape& shape) {
  const auto is_padded = [](const Strides& pads) {
    return std::ranges::any_of(pads, [](auto pad) { return pad != 0; });
  };
  if (is_padded(shape.pads_begin) || is_padded(shape.pads_end))
    return {.count = shape.target[2],
            .rows = shape.target[3],
            .height = reach(shape, 0),
            .width = std::max(shape.pads_begin[1] + shape.source[3], reach(shape, 1)),
            .has_border = true};
  Lines lines{.count = shape.target[2], .rows = shape.target[3], .height = shape.source[2], .width = shape.source[3]};
  if (reads_each_pixel_once(shape)) lines.rows *= std::exchange(lines.count, 1);
  return lines;
}

class NarrowConvolution {
 public:
  NarrowConvolution(const onednn::Library& library, const onednn::ConvolutionShape& shape, const float* weights,
                    const float* bias, const onednn::Epilogue& epilogue)
      : shape_(shape),
        lines_(lines_of(shape)),
        in_(shape.weights[1] * shape.weights[2] * shape.weights[3]),
        out_(shape.target[1] / shape.groups),
        memory_(library.weights()),
        weights_(reinterpret_cast<float*>(
            memory_->allocate(sizeof(float) * static_cast<std::size_t>(shape.groups * group_floats())))),
        finish_(panels::finish_of(epilogue)) {
    pack(weights);
    if (bias) bias_.assign(bias, bias + shape.target[1]);
  }
  NarrowConvolution(const NarrowConvolution&) = delete;
  NarrowConvolution& operator=(const NarrowConvolution&) = delete;

  [[nodiscard]] std::size_t scratch_bytes() const {
    return lines_.has_border ? sizeof(float) * static_cast<std::size_t>(image_floats()) : 0;
  }

  void run(const onednn::Buffers& buffers) const {
    const auto* source = static_cast<const float*>(buffers.source);
    auto* target = static_cast<float*>(buffers.target);
    for (std::int64_t image = 0; image < shape_.source[0]; ++image) {
      const float* inputs = source;
      if (lines_.has_border) inputs = bordered(source, reinterpret_cast<float*>(buffers.scratch));
      for (std::int64_t line = 0; line < lines_.count; ++line) {
        multiply(inputs + line * shape_.strides[0] * lines_.width * pixel(), target);
        target += lines_.rows * shape_.target[1];
      }
      source += shape_.source[1] * shape_.source[2] * shape_.source[3];
    }
  }

 private:
  [[nodiscard]] std::int64_t pixel() const { return shape_.source[1]; }
  [[nodiscard]] std::int64_t group_floats() const { return in_ * panels::packed_columns(out_); }
  [[nodiscard]] std::int64_t image_floats() const { return lines_.height * lines_.width * pixel(); }

  /// From [column][channel][y][x] to panels of inputs [y][x][channel].
  void pack(const float* weights) {
    std::fill_n(weights_, shape_.groups * group_floats(), 0.0F);
    const std::int64_t channels = shape_.weights[1], places = shape_.weights[2] * shape_.weights[3];
    for (std::int64_t group = 0; group < shape_.groups; ++group)
      for (std::int64_t column = 0; column < out_; ++column)
        for (std::int64_t channel = 0; channel < channels; ++channel)
          for (std::int64_t place = 0; place < places; ++place)
            weights_[group * group_floats() + panels::packed_place(in_, out_, place * channels + channel, column)] =
                *weights++;
  }

  /// The image with zeros around it.
  const float* bordered(const float* source, float* to) const {
    const std::int64_t length = shape_.source[3] * pixel(), whole = lines_.width * pixel();
    const std::int64_t left = shape_.pads_begin[1] * pixel();
    float* line = to;
    for (std::int64_t y = -shape_.pads_begin[0]; y < lines_.height - shape_.pads_begin[0]; ++y, line += whole) {
      if (y < 0 || y >= shape_.source[2]) {
        std::fill_n(line, whole, 0.0F);
        continue;
      }
      std::fill_n(line, left, 0.0F);
      std::copy_n(source + y * length, length, line + left);
      std::fill_n(line + left + length, whole - left - length, 0.0F);
    }
    return to;
  }

  /// One line of results.
  void multiply(const float* inputs, float* result) const {
    for (std::int64_t group = 0; group < shape_.groups; ++group) {
      panels::Finish finish = finish_;
      if (!bias_.empty()) finish.bias = bias_.data() + group * out_;
      panels::multiply({.inputs = inputs + group * shape_.weights[1],
                        .weights = weights_ + group * group_floats(),
                        .result = result + group * out_,
                        .rows = lines_.rows,
                        .in = in_,
                        .out = out_,
                        .input_stride = shape_.strides[1] * pixel(),
                        .result_stride = shape_.target[1],
                        .run = shape_.weights[3] * shape_.weights[1],
                        .run_stride = lines_.width * pixel(),
                        .finish = &finish});
    }
  }

  onednn::ConvolutionShape shape_;
  Lines lines_;
  std::int64_t in_, out_;  ///< of a group: what a result reads, and its columns
  std::shared_ptr<WeightMemory> memory_;
  float* weights_;  ///< in it
  std::vector<float> bias_;
  panels::Finish finish_;
};

}  // namespace

bool suits_narrow_convolution(const onednn::ConvolutionShape& shape, const onednn::Epilogue& epilogue) {
  constexpr std::int64_t few_channels = 4, most_inputs = 1024;
  const Shape& weights = shape.weights;
  if (!panels::has_avx512() || weights.size() != 4 || !panels::can_finish(epilogue)) return false;
  const bool is_first = shape.groups == 1 && weights[1] <= few_channels;
  const bool is_grouped = shape.groups > 1 && weights[1] >= panels::kLanes && weights[2] == 1 && weights[3] == 1;
  return (is_first || is_grouped) && shape.dilations == Strides{1, 1} && shape.source[1] % panels::kSameSet != 0 &&
         weights[1] * weights[2] * weights[3] <= most_inputs && element_count(shape.target) > 0;
}

onednn::Routine narrow_convolution(const onednn::Library& library, const onednn::ConvolutionShape& shape,
                                   const float* weights, const float* bias, const onednn::Epilogue& epilogue) {
  const auto convolution = std::make_shared<const NarrowConvolution>(library, shape, weights, bias, epilogue);
  return {.scratch_bytes = convolution->scratch_bytes(),
          .run = [convolution](const onednn::Buffers& buffers) { convolution->run(buffers); }};
}

}  // namespace cleave::cpu
