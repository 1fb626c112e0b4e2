/// Pictures from any bytes: refused with an Error, or made to fit an input, with finite values from 0 to 1.

#include "base/image.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const cleave::Image image = cleave::parse_image({reinterpret_cast<const char*>(data), size}, "fuzz.png");
    if (image.height * image.width > 1 << 20) return 0;  // scaling is as slow as it is large
    const cleave::Tensor tensor = cleave::image_tensor(image, {1, 3, 7, 5}, {});
    for (const float value : tensor.as<float>())
      if (!(value >= -1e-5F && value <= 1 + 1e-5F)) std::abort();
  } catch (const cleave::Error&) {
  }
  return 0;
}
