// Pictures are scaled with a triangle as wide as what a pixel covers (as Pillow's BILINEAR does), first along rows,
// then along columns: bilinear where they grow, means where they shrink.
#include "base/image.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// One colour of a picture, or a part of one.
struct Plane {
  std::size_t height = 0, width = 0;
  std::vector<float> values;
};

/// The source pixels of one target pixel: `weights[k]` of `first + k`.
struct Sources {
  std::size_t first = 0;
  std::vector<float> weights;
};

/// Along one axis: `target` pixels from the middle of `source` ones that were scaled by `scale` (target per source).
std::vector<Sources> sources_of(std::size_t source, std::size_t target, double scale) {
  const double reach = std::max(1.0, 1 / scale);
  const double middle = static_cast<double>(source) / 2;
  std::vector<Sources> list;
  for (std::size_t i = 0; i < target; ++i) {
    const double at = middle + (static_cast<double>(i) + 0.5 - static_cast<double>(target) / 2) / scale;
    const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(at - reach)));
    const auto last = std::min(source, static_cast<std::size_t>(std::max(0.0, std::ceil(at + reach))));
    Sources one{first, {}};
    double sum = 0;
    for (std::size_t k = first; k < last; ++k) {
      const double weight = std::max(0.0, 1 - std::abs(static_cast<double>(k) + 0.5 - at) / reach);
      one.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    for (float& weight : one.weights) weight = static_cast<float>(weight / sum);
    list.push_back(one);
  }
  return list;
}

/// Scales rows and turns the picture over its diagonal, so that doing it twice scales both.
Plane scaled_and_turned(const Plane& plane, const std::vector<Sources>& sources) {
  Plane result{sources.size(), plane.height, std::vector<float>(sources.size() * plane.height)};
  for (std::size_t x = 0; x < sources.size(); ++x)
    for (std::size_t y = 0; y < plane.height; ++y) {
      const float* row = &plane.values[y * plane.width + sources[x].first];
      float sum = 0;
      for (std::size_t k = 0; k < sources[x].weights.size(); ++k) sum += sources[x].weights[k] * row[k];
      result.values[x * plane.height + y] = sum;
    }
  return result;
}

Plane plane_of(const Image& image, std::size_t colour) {
  Plane plane{static_cast<std::size_t>(image.height), static_cast<std::size_t>(image.width), {}};
  for (std::size_t i = colour; i < image.rgb.size(); i += 3)
    plane.values.push_back(static_cast<float>(image.rgb[i]) / 255);
  return plane;
}

Plane grey_of(const Image& image) {
  Plane grey = plane_of(image, 0);
  const Plane green = plane_of(image, 1), blue = plane_of(image, 2);
  for (std::size_t i = 0; i < grey.values.size(); ++i)
    grey.values[i] = 0.299F * grey.values[i] + 0.587F * green.values[i] + 0.114F * blue.values[i];
  return grey;
}

}  // namespace

Tensor image_tensor(const Image& image, const Shape& shape, const ImageScaling& scaling) {
  const auto channels = static_cast<std::size_t>(shape[1]);
  const auto height = static_cast<std::size_t>(shape[2]), width = static_cast<std::size_t>(shape[3]);
  const double scale = std::max(static_cast<double>(height) / static_cast<double>(image.height),
                                static_cast<double>(width) / static_cast<double>(image.width));
  const auto columns = sources_of(static_cast<std::size_t>(image.width), width, scale);
  const auto rows = sources_of(static_cast<std::size_t>(image.height), height, scale);
  Tensor tensor(DataType::float32, shape);
  float* target = tensor.as<float>().data();
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const Plane plane = channels == 1 ? grey_of(image) : plane_of(image, channel);
    const Plane fitting = scaled_and_turned(scaled_and_turned(plane, columns), rows);
    for (const float value : fitting.values)
      *target++ = static_cast<float>((static_cast<double>(value) - scaling.mean[channel]) / scaling.deviation[channel]);
  }
  return tensor;
}

}  // namespace cleave
