/// .npy files from any bytes: refused with an Error, or read so that they write back to the same values.

#include "base/npy.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const cleave::Tensor tensor = cleave::parse_npy({reinterpret_cast<const char*>(data), size}, "fuzz.npy");
    if (cleave::parse_npy(cleave::npy_bytes(tensor), "again.npy") != tensor) std::abort();
  } catch (const cleave::Error&) {
  }
  return 0;
}
