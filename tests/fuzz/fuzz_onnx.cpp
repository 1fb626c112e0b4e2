/// Any bytes are either an ONNX network or a reported error.

#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    auto graph = std::make_shared<const cleave::Graph>(cleave::read_onnx_bytes(bytes, "fuzz.onnx", {}));
    (void)cleave::make_network(std::move(graph), 1);
  } catch (const cleave::Error&) {
    return 0;
  }
  return 0;
}
