/// Device profiles from any bytes: either a valid profile that prices operators, or an InputError.

#include "base/json_view.hpp"
#include "costmodel/operator_cost.hpp"
#include "devices/read_profile.hpp"

#include <cleave/error.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

cleave::Work some_convolution(cleave::Precision precision) {
  cleave::Work work;
  work.kind = cleave::OpKind::conv;
  work.gemm = {.m = 49, .k = 288, .n = 64, .groups = 1};
  work.window.kernel_h = work.window.kernel_w = 3;
  work.window.out_h = work.window.out_w = 7;
  work.macs = 49.0 * 288 * 64;
  work.flops = 49.0 * 64;
  work.element_bytes = cleave::bytes_of(precision);
  work.weight_bytes = 288 * 64 * work.element_bytes;
  work.input_bytes = 49 * 32 * work.element_bytes;
  work.output_bytes = 49 * 64 * work.element_bytes;
  return work;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const cleave::Profile profile = cleave::parse_profile(cleave::JsonView::parse(text, "fuzz.json"));
    for (const cleave::Precision precision : profile.precisions) {
      const cleave::OperatorCost cost = cleave::make_cost_model(profile, precision)(some_convolution(precision));
      if (std::isnan(cost.seconds) || cost.seconds < 0 || std::isnan(cost.joules) || cost.joules < 0) std::abort();
    }
  } catch (const cleave::InputError&) {
  }
  return 0;
}
