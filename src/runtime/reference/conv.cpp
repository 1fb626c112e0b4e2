/// Convolution as a product of the weights and the patches that the kernel meets.

#include "runtime/reference/operator.hpp"
#include "runtime/reference/product.hpp"
#include "runtime/reference/window.hpp"

#include <algorithm>

namespace cleave::reference {
namespace {

struct Convolution {
  Window window;
  std::int64_t batch = 0, groups = 0;
  std::int64_t in_channels = 0, out_channels = 0;  ///< of one group
};

Convolution convolution_of(const NodeView& view) {
  const Shape& x = view.shape(0);
  const Shape& w = view.shape(1);
  require(x.size() >= 3 && w.size() == x.size(), "input and weights need batch or filter, channel and spatial axes");
  const Shape kernel(w.begin() + 2, w.end());
  require(!view.node.has("kernel_shape") || view.integers("kernel_shape") == kernel,
          "kernel_shape is not the shape of the weights");
  const std::int64_t groups = view.integer("group", 1);
  require(groups >= 1 && w[0] % groups == 0, "the filters do not divide into groups");
  require(x[1] == w[1] * groups, "the weights expect another number of input channels");
  require(!view.has_input(2) || view.shape(2) == Shape{w[0]}, "the bias needs one entry per filter");
  const Shape& y = view.output().shape;
  require(y.size() == x.size() && y[0] == x[0] && y[1] == w[0], "the output needs batch and filters as its first axes");
  return {window_of(view, kernel), x[0], groups, w[1], w[0] / groups};
}

void check_convolution(const NodeView& view) { (void)convolution_of(view); }

/// Row-major [position][channel][kernel element], for positions [begin, end); padding reads as 0.
std::vector<double> patches(const Convolution& c, const double* image, const std::vector<std::int64_t>& taps,
                            std::int64_t begin, std::int64_t end) {
  const std::int64_t plane = element_count(c.window.input);
  const std::int64_t elements = c.window.kernel_elements();
  std::vector<double> rows;
  rows.reserve(static_cast<std::size_t>((end - begin) * c.in_channels * elements));
  for (std::int64_t position = begin; position < end; ++position) {
    const std::int64_t* tap = taps.data() + position * elements;
    for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
      for (std::int64_t k = 0; k < elements; ++k) rows.push_back(tap[k] < 0 ? 0 : image[channel * plane + tap[k]]);
    }
  }
  return rows;
}

/// One group of one image: `image` [in_channels][input], `weights` [out_channels][in_channels][kernel],
/// `result` [out_channels][output].
void convolve(const Convolution& c, const std::vector<std::int64_t>& taps, const double* image, const double* weights,
              double* result) {
  const std::int64_t depth = c.in_channels * c.window.kernel_elements();
  const std::int64_t positions = c.window.positions();
  const std::int64_t block = std::max<std::int64_t>(1, (std::int64_t{1} << 21) / std::max<std::int64_t>(depth, 1));
  for (std::int64_t begin = 0; begin < positions; begin += block) {
    const std::int64_t count = std::min(block, positions - begin);
    const std::vector<double> rows = patches(c, image, taps, begin, begin + count);
    const std::vector<double> part =
        product({weights, c.out_channels, depth, false}, {rows.data(), depth, count, true});
    for (std::int64_t channel = 0; channel < c.out_channels; ++channel) {
      std::copy_n(part.data() + channel * count, count, result + channel * positions + begin);
    }
  }
}

void add_bias(const Array& bias, std::int64_t batch, std::int64_t positions, Array& y) {
  double* at = y.data.data();
  for (std::int64_t image = 0; image < batch; ++image) {
    for (const double b : bias.data) {
      for (std::int64_t position = 0; position < positions; ++position) *at++ += b;
    }
  }
}

std::vector<Array> conv(const Call& call) {
  const Convolution c = convolution_of(call);
  const std::vector<std::int64_t> taps = taps_of(c.window);
  const std::int64_t image_size = c.in_channels * element_count(c.window.input);
  const std::int64_t weight_size = c.out_channels * c.in_channels * c.window.kernel_elements();
  const std::int64_t result_size = c.out_channels * c.window.positions();
  Array y = zeros(call.output().shape);
  for (std::int64_t i = 0; i < c.batch * c.groups; ++i) {
    convolve(c, taps, call.array(0).data.data() + i * image_size,
             call.array(1).data.data() + (i % c.groups) * weight_size, y.data.data() + i * result_size);
  }
  if (call.has_input(2)) add_bias(call.array(2), c.batch, c.window.positions(), y);
  return {y};
}

constexpr Operator rows[] = {{"Conv", 2, 3, 1, conv, check_convolution}};

}  // namespace

std::span<const Operator> conv_operators() { return rows; }

}  // namespace cleave::reference
