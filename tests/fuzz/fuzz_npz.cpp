/// .npz files from any bytes: refused with an Error, or read.

#include "base/npz.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    for (const auto& [name, tensor] : cleave::parse_npz({reinterpret_cast<const char*>(data), size}, "fuzz.npz"))
      if (tensor.bytes.size() != static_cast<std::size_t>(cleave::element_count(tensor.shape)) * size_of(tensor.type))
        std::abort();
  } catch (const cleave::Error&) {
  }
  return 0;
}
