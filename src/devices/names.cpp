#include <cleave/cluster.hpp>

#include "devices/names.hpp"

#include <algorithm>

namespace cleave {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::fp16:
      return "fp16";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
    case Precision::int4:
      return "int4";
  }
  return "unknown";
}

std::optional<Precision> precision_named(std::string_view name) {
  const auto found = std::ranges::find(kPrecisions, name, [](Precision p) { return name_of(p); });
  if (found == kPrecisions.end()) return std::nullopt;
  return *found;
}

double bytes_of(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return 4;
    case Precision::fp16:
    case Precision::bf16:
      return 2;
    case Precision::int8:
      return 1;
    case Precision::int4:
      return 0.5;
  }
  return 0;
}

std::string_view name_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::cpu:
      return "cpu";
    case DeviceKind::gpu:
      return "gpu";
    case DeviceKind::npu:
      return "npu";
    case DeviceKind::cim:
      return "cim";
    case DeviceKind::fpga:
      return "fpga";
    case DeviceKind::vpu:
      return "vpu";
    case DeviceKind::pim:
      return "pim";
  }
  return "unknown";
}

std::optional<DeviceKind> kind_named(std::string_view name) {
  const auto found = std::ranges::find(kDeviceKinds, name, [](DeviceKind kind) { return name_of(kind); });
  if (found == kDeviceKinds.end()) return std::nullopt;
  return *found;
}

}  // namespace cleave
