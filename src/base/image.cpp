#include "base/image.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <csetjmp>
#include <memory>

namespace cleave {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

[[noreturn]] void fail(const std::string& file, const std::string& problem,
                       const std::string& repair = "give a PNG, JPEG or binary PPM picture") {
  throw InputError(file, "", problem, repair);
}

Image blank(std::int64_t height, std::int64_t width, const std::string& file) {
  if (height < 1 || width < 1 || height > kMostPixels / width)
    fail(file, fmt::format("has {} x {} pixels", width, height));
  return {height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * height * width))};
}

/// libpng reports errors by longjmp, so that the functions between here and there hold nothing with a destructor.
class PngReader {
 public:
  explicit PngReader(std::string_view bytes)
      : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, keep_error, ignore_warning)),
        info_(png_create_info_struct(png_)),
        rest_(bytes) {
    png_set_read_fn(png_, this, next_bytes);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// False where the bytes are no PNG picture; `error` says why.
  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_info(png_, info_);
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_strip_alpha(png_);
    png_set_gray_to_rgb(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool read_rows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    return true;
  }
  std::int64_t height() const { return png_get_image_height(png_, info_); }
  std::int64_t width() const { return png_get_image_width(png_, info_); }
  const std::string& error() const { return error_; }

 private:
  static void keep_error(png_structp png, png_const_charp message) {
    static_cast<PngReader*>(png_get_error_ptr(png))->error_ = message;
    png_longjmp(png, 1);
  }
  static void ignore_warning(png_structp /*png*/, png_const_charp /*message*/) {}
  static void next_bytes(png_structp png, png_bytep to, std::size_t count) {
    std::string_view& rest = static_cast<PngReader*>(png_get_io_ptr(png))->rest_;
    if (rest.size() < count) png_error(png, "its end is missing");
    std::copy_n(rest.data(), count, reinterpret_cast<char*>(to));
    rest.remove_prefix(count);
  }

  png_structp png_;
  png_infop info_;
  std::string_view rest_;
  std::string error_ = {};
};

/// The colours as they are stored, as Pillow's convert("RGB") and OpenCV's imread give them, which networks were
/// trained on: neither alpha nor gAMA changes them.
Image parse_png(std::string_view bytes, const std::string& file) {
  PngReader reader(bytes);
  if (!reader.read_header()) fail(file, fmt::format("is no PNG picture ({})", reader.error()));
  Image image = blank(reader.height(), reader.width(), file);
  std::vector<png_bytep> rows;
  for (std::int64_t y = 0; y < image.height; ++y)
    rows.push_back(&image.rgb[static_cast<std::size_t>(3 * y * image.width)]);
  if (!reader.read_rows(rows.data())) fail(file, fmt::format("is a damaged PNG picture ({})", reader.error()));
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
  if (const std::int64_t brightest = header.number(); brightest != 255)
    fail(file, fmt::format("is a PPM picture whose brightest value is {}", brightest),
         "save it with one byte a colour, whose brightest value is 255");
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
