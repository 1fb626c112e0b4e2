/// Clusters from any bytes: either a valid cluster or an InputError.

#include "base/json_view.hpp"
#include "devices/read_cluster.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const cleave::Cluster cluster = cleave::parse_cluster(cleave::JsonView::parse(text, "fuzz.json"), "/nonexistent");
    if (cluster.classes.empty()) std::abort();
    for (const cleave::DeviceClass& device : cluster.classes)
      if (device.count < 1 || device.idle_w.value < 0 || (device.port && device.port->bytes_per_s.value <= 0))
        std::abort();
  } catch (const cleave::InputError&) {
  }
  return 0;
}
