#pragma once
/// Every value of the enumerations that files spell as words.

#include <cleave/cluster.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

inline constexpr std::array kPrecisions = {Precision::fp32, Precision::fp16, Precision::bf16, Precision::int8,
                                           Precision::int4};
inline constexpr std::array kDeviceKinds = {DeviceKind::cpu,  DeviceKind::gpu, DeviceKind::npu, DeviceKind::cim,
                                            DeviceKind::fpga, DeviceKind::vpu, DeviceKind::pim};

[[nodiscard]] std::optional<DeviceKind> kind_named(std::string_view name);

/// The names of `values`, as name_of spells them.
template <class Values>
[[nodiscard]] std::vector<std::string> names_of_all(const Values& values) {
  std::vector<std::string> names;
  for (const auto value : values) names.emplace_back(name_of(value));
  return names;
}

}  // namespace cleave
