#include "model/sources.hpp"

#include <cleave/error.hpp>

/// Whatever the bytes, a cost table is read or refused with an Error; anything else is a bug.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)cleave::parse_cost_file({reinterpret_cast<const char*>(data), size}, "fuzz.json");
  } catch (const cleave::Error&) {
  }
  return 0;
}
