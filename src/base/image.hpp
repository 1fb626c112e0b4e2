#pragma once
/// Pictures as networks take them.

#include <cleave/tensor.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Red, green and blue of each pixel, rows from top to bottom.
struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> rgb;
};

/// PNG, JPEG or binary PPM/PGM, told apart by their first bytes. Grey is spread over the three colours;
/// transparency and gamma of a PNG are ignored. Throws InputError for anything else; `file` is what messages call it.
[[nodiscard]] Image parse_image(std::string_view bytes, const std::string& file);

/// How colours become inputs: (value / 255 - mean) / deviation, by colour.
struct ImageScaling {
  std::array<double, 3> mean = {0, 0, 0};
  std::array<double, 3> deviation = {1, 1, 1};
};

/// `image` as float32 of `shape`, [1, channels, height, width] with 3 channels, or 1 (luma of ITU-R BT.601): scaled
/// (bilinear, each pixel the mean of what it covers) so that it covers height x width, its middle cut out.
/// Precondition: `shape` is one of these.
[[nodiscard]] Tensor image_tensor(const Image& image, const Shape& shape, const ImageScaling& scaling);

}  // namespace cleave
