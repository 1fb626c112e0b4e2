#include "base/image.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <cctype>
#include <charconv>
#include <memory>

namespace cleave {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

[[noreturn]] void fail(const std::string& file, const std::string& problem) {
  throw InputError(file, "", problem, "give a PNG, JPEG or binary PPM picture");
}

Image blank(std::int64_t height, std::int64_t width, const std::string& file) {
  if (height < 1 || width < 1 || height > kMostPixels / width)
    fail(file, fmt::format("has {} x {} pixels", width, height));
  return {height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * height * width))};
}

Image parse_png(std::string_view bytes, const std::string& file) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&png, &png_image_free);
  if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()))
    fail(file, fmt::format("is no PNG picture ({})", png.message));
  png.format = PNG_FORMAT_RGB;
  // Else libpng takes 16-bit colours that do not say what they are for linear ones, and 8-bit ones for sRGB.
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  Image image = blank(png.height, png.width, file);
  const png_color black{0, 0, 0};
  if (!png_image_finish_read(&png, &black, image.rgb.data(), 0, nullptr))
    fail(file, fmt::format("is a damaged PNG picture ({})", png.message));
  return image;
}

Image parse_jpeg(std::string_view bytes, const std::string& file) {
  const std::unique_ptr<void, decltype(&tjDestroy)> decoder(tjInitDecompress(), &tjDestroy);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto size = static_cast<unsigned long>(bytes.size());
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &sampling, &colours) != 0 || width < 1 ||
      height < 1)
    fail(file, fmt::format("is no JPEG picture ({})", tjGetErrorStr2(decoder.get())));
  Image image = blank(height, width, file);
  if (tjDecompress2(decoder.get(), data, size, image.rgb.data(), width, 0, height, TJPF_RGB, TJFLAG_STOPONWARNING) != 0)
    fail(file, fmt::format("is a damaged JPEG picture ({})", tjGetErrorStr2(decoder.get())));
  return image;
}

/// The header of a PPM file (netpbm's ppm(5)): numbers between white space and comments.
class PpmHeader {
 public:
  PpmHeader(std::string_view rest, const std::string& file) : rest_(rest), file_(file) {}
  std::int64_t number() {
    skip();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 1) fail(file_, "is no PPM picture: its header has what is no number");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  /// What follows the one white space behind the header.
  std::string_view pixels() {
    if (rest_.empty()) fail(file_, "is a PPM picture without pixels");
    return rest_.substr(1);
  }

 private:
  void skip() {
    while (!rest_.empty() && (std::isspace(static_cast<unsigned char>(rest_[0])) || rest_[0] == '#')) {
      const bool comment = rest_[0] == '#';
      const auto end = comment ? rest_.find('\n') : 0;
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    }
  }

  std::string_view rest_;
  const std::string& file_;
};

Image parse_ppm(std::string_view bytes, const std::string& file) {
  const std::size_t colours = bytes[1] == '6' ? 3 : 1;
  PpmHeader header(bytes.substr(2), file);
  const std::int64_t width = header.number();
  const std::int64_t height = header.number();
  if (header.number() != 255) fail(file, "is a PPM picture whose brightest value is not 255");
  Image image = blank(height, width, file);
  const std::string_view pixels = header.pixels();
  const std::size_t count = image.rgb.size() / 3;
  if (pixels.size() < count * colours)
    fail(file, fmt::format("has {} bytes of pixels, {} x {} need {}", pixels.size(), width, height, count * colours));
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(pixels[colours == 3 ? i : i / 3]);
  return image;
}

}  // namespace

Image parse_image(std::string_view bytes, const std::string& file) {
  if (bytes.starts_with("\x89PNG")) return parse_png(bytes, file);
  if (bytes.starts_with("\xff\xd8")) return parse_jpeg(bytes, file);
  if (bytes.starts_with("P6") || bytes.starts_with("P5")) return parse_ppm(bytes, file);
  fail(file, "is no picture of a kind that is known");
}

}  // namespace cleave
