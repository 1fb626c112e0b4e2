#include "verify/device_counts.hpp"

#include <cleave/error.hpp>

namespace cleave::verify {

DeviceCounts::DeviceCounts(const CostTable& cost) {
  constexpr std::uint64_t most = std::uint64_t{1} << 50;
  std::uint64_t size = 1;
  for (const ClassCost& device : cost.classes) {
    limit_.push_back(device.count);
    stride_.push_back(size);
    size *= static_cast<std::uint64_t>(device.count) + 1;
    if (size > most) throw VerificationError("the cluster has too many devices for a certificate");
  }
}

std::uint64_t DeviceCounts::code(const std::vector<int>& used) const {
  std::uint64_t code = 0;
  for (std::size_t device = 0; device < stride_.size(); ++device) code = with(code, device, used[device]);
  return code;
}

std::vector<int> DeviceCounts::used(std::uint64_t code) const {
  std::vector<int> each;
  for (std::size_t device = 0; device < stride_.size(); ++device) each.push_back(used(code, device));
  return each;
}

bool DeviceCounts::within(std::uint64_t a, std::uint64_t b) const {
  if (a == b) return true;
  for (std::size_t device = 0; device < stride_.size(); ++device)
    if (used(a, device) > used(b, device)) return false;
  return true;
}

}  // namespace cleave::verify
