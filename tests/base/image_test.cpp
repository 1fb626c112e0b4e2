#include "base/image.hpp"

#include "base/files.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <vector>

namespace cleave {
namespace {

using testing::ElementsAre;

const std::string kPictures = CLEAVE_SOURCE_DIR "/tests/fuzz/corpus/image/";

Image read(const std::string& name) { return parse_image(read_file(kPictures + name), name); }

TEST(Image, ReadsPixelsOfPng) {
  const Image image = read("colour.png");
  EXPECT_EQ(image.width, 4);
  EXPECT_EQ(image.height, 3);
  for (std::size_t y = 0; y < 3; ++y)
    for (std::size_t x = 0; x < 4; ++x) {
      const std::uint8_t* pixel = &image.rgb[3 * (4 * y + x)];
      EXPECT_EQ(pixel[0], 60 * x);
      EXPECT_EQ(pixel[1], 80 * y);
      EXPECT_EQ(pixel[2], 7);
    }
}

struct PngKind {
  int colours = PNG_COLOR_TYPE_GRAY;
  int channels = 1;
  int depth = 8;
  double gamma = 0;  ///< 0: the file says nothing of what its colours are
};

/// A row of pixels as libpng writes them; `values` has all channels of each.
std::string png_row(const std::vector<unsigned>& values, const PngKind& kind) {
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  const auto append = [](png_structp to, png_bytep data, std::size_t size) {
    static_cast<std::string*>(png_get_io_ptr(to))->append(reinterpret_cast<const char*>(data), size);
  };
  png_set_write_fn(png, &bytes, append, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(values.size()) / static_cast<png_uint_32>(kind.channels), 1,
               kind.depth, kind.colours, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  const png_color palette[] = {{10, 20, 30}, {200, 100, 50}};
  const png_byte opacities[] = {0, 128};
  if (kind.colours == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, palette, 2);
    png_set_tRNS(png, info, opacities, 2, nullptr);
  }
  if (kind.gamma > 0) png_set_gAMA(png, info, kind.gamma);
  png_write_info(png, info);
  std::vector<png_byte> row;
  for (const unsigned value : values) {
    if (kind.depth == 16) row.push_back(static_cast<png_byte>(value >> 8));
    row.push_back(static_cast<png_byte>(value));
  }
  png_write_row(png, row.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::string grey_png(const std::vector<unsigned>& values, int depth) { return png_row(values, {.depth = depth}); }

TEST(Image, TransparencyOfPngChangesNoColour) {
  const PngKind rgba{.colours = PNG_COLOR_TYPE_RGBA, .channels = 4};
  EXPECT_THAT(parse_image(png_row({200, 100, 50, 0, 200, 100, 50, 128, 200, 100, 50, 255}, rgba), "x.png").rgb,
              ElementsAre(200, 100, 50, 200, 100, 50, 200, 100, 50));
  const PngKind grey{.colours = PNG_COLOR_TYPE_GRAY_ALPHA, .channels = 2, .depth = 16};
  EXPECT_THAT(parse_image(png_row({0x8080, 0x0001, 0xffff, 0x8000}, grey), "x.png").rgb,
              ElementsAre(128, 128, 128, 255, 255, 255));
  const PngKind palette{.colours = PNG_COLOR_TYPE_PALETTE};
  EXPECT_THAT(parse_image(png_row({0, 1}, palette), "x.png").rgb, ElementsAre(10, 20, 30, 200, 100, 50));
}

TEST(Image, GammaOfPngChangesNoColour) {
  for (const double gamma : {0.45455, 1.0, 0.1})
    for (const int depth : {8, 16})
      EXPECT_THAT(parse_image(png_row({0x6464}, {.depth = depth, .gamma = gamma}), "x.png").rgb,
                  ElementsAre(100, 100, 100))
          << gamma;
}

TEST(Image, ColoursOfSixteenBitsAreThoseOfEight) {
  std::vector<unsigned> eight, sixteen;
  for (unsigned value = 0; value < 256; ++value) {
    eight.push_back(value);
    sixteen.push_back(257 * value);
  }
  EXPECT_EQ(parse_image(grey_png(sixteen, 16), "16.png").rgb, parse_image(grey_png(eight, 8), "8.png").rgb);
  EXPECT_THAT(parse_image(grey_png({0x8080}, 16), "16.png").rgb, ElementsAre(128, 128, 128));
  EXPECT_THAT(parse_image(grey_png({0x80ff, 0x8101}, 16), "16.png").rgb, ElementsAre(128, 128, 128, 129, 129, 129));
}

TEST(Image, ReadsJpeg) {
  const Image image = read("tiny.jpg");  // red on top, blue below
  ASSERT_EQ(image.width, 16);
  ASSERT_EQ(image.height, 8);
  EXPECT_GT(image.rgb[0], 200);
  EXPECT_LT(image.rgb[2], 60);
  const std::uint8_t* last = &image.rgb[image.rgb.size() - 3];
  EXPECT_LT(last[0], 60);
  EXPECT_GT(last[2], 200);
}

TEST(Image, ReadsPpmWithComments) {
  EXPECT_THAT(read("small.ppm").rgb, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_THAT(read("grey.pgm").rgb, ElementsAre(0, 0, 0, 128, 128, 128, 255, 255, 255));
}

TEST(Image, SaysWhatIsWrong) {
  const auto problem = [](const std::string& bytes) -> std::string {
    try {
      (void)parse_image(bytes, "x.png");
    } catch (const InputError& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_THAT(problem(""), testing::HasSubstr("x.png: is no picture of a kind that is known"));
  EXPECT_THAT(problem(read_file(kPictures + "cut.png")), testing::HasSubstr("PNG"));
  EXPECT_THAT(problem("\xff\xd8nothing"), testing::HasSubstr("is no JPEG picture"));
  EXPECT_THAT(problem(read_file(kPictures + "tiny.jpg").substr(0, 500)), testing::HasSubstr("JPEG"));
  EXPECT_THAT(problem("P6 2 2 255 abc"), testing::HasSubstr("has 3 bytes of pixels, 2 x 2 need 12"));
  EXPECT_THAT(problem("P6 2 2 65535 abc"), testing::HasSubstr("brightest value is 65535; save it with one byte a"));
  EXPECT_THAT(problem("P6 2 x"), testing::HasSubstr("no number"));
  EXPECT_THAT(problem(read_file(kPictures + "huge.ppm")), testing::HasSubstr("999999999 x 999999999 pixels"));
}

Image plain(std::int64_t height, std::int64_t width, std::uint8_t value) {
  return {height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * height * width), value)};
}

TEST(ImageTensor, OfTheSameSizeIsThePicture) {
  const Image image = read("colour.png");
  const Tensor tensor = image_tensor(image, {1, 3, 3, 4}, {});
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t i = 0; i < 12; ++i)
      EXPECT_FLOAT_EQ(tensor.as<float>()[12 * channel + i], static_cast<float>(image.rgb[3 * i + channel]) / 255);
}

TEST(ImageTensor, ScalesAndCutsOutTheMiddle) {
  Image image = plain(4, 12, 0);  // the middle third is white
  for (std::size_t y = 0; y < 4; ++y)
    for (std::size_t x = 4; x < 8; ++x)
      for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * (12 * y + x) + c] = 255;
  const Tensor middle = image_tensor(image, {1, 1, 4, 4}, {});
  for (const float value : middle.as<float>()) EXPECT_NEAR(value, 1, 1e-6);
  const Tensor half = image_tensor(image, {1, 1, 2, 6}, {});  // a triangle reaches over the edge
  EXPECT_NEAR(half.as<float>()[0], 0, 1e-6);
  EXPECT_NEAR(half.as<float>()[2], 0.875, 1e-6);
  EXPECT_NEAR(half.as<float>()[1], 0.125, 1e-6);
}

TEST(ImageTensor, PlainPicturesStayPlainAtAnySize) {
  for (const std::int64_t size : {1, 2, 7, 50})
    for (const Shape& shape : {Shape{1, 3, 5, 5}, Shape{1, 3, 1, 9}, Shape{1, 1, 30, 20}}) {
      const Tensor tensor = image_tensor(plain(size, 2 * size, 51), shape, {});
      for (const float value : tensor.as<float>()) EXPECT_NEAR(value, 0.2, 1e-6);
    }
}

TEST(ImageTensor, MeanAndDeviationAreByColour) {
  const ImageScaling scaling{.mean = {0.1, 0.2, 0.3}, .deviation = {0.5, 1, 2}};
  const Tensor tensor = image_tensor(plain(1, 1, 255), {1, 3, 1, 1}, scaling);
  EXPECT_FLOAT_EQ(tensor.as<float>()[0], 1.8F);
  EXPECT_FLOAT_EQ(tensor.as<float>()[1], 0.8F);
  EXPECT_FLOAT_EQ(tensor.as<float>()[2], 0.35F);
}

}  // namespace
}  // namespace cleave
