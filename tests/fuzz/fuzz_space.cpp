/// Space files from any bytes: either axes with values or an InputError.

#include "space/space_file.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto axes = cleave::parse_space(cleave::JsonView::parse(text, "fuzz.json"));
    if (axes.empty()) std::abort();
    for (const cleave::Axis& axis : axes)
      if (axis.name.empty() || axis.values.empty()) std::abort();
  } catch (const cleave::InputError&) {
  }
  return 0;
}
