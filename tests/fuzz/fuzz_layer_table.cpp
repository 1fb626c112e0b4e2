#include "model/sources.hpp"

#include <cleave/error.hpp>

/// Whatever the bytes, a layer table is read or refused with an Error; anything else is a bug.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)cleave::parse_layer_table({reinterpret_cast<const char*>(data), size}, "fuzz.csv", {.batch = 2});
  } catch (const cleave::Error&) {
  }
  return 0;
}
