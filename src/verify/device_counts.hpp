#pragma once
/// How many devices of each class are in use, as one number.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <vector>

namespace cleave::verify {

class DeviceCounts {
 public:
  /// Throws VerificationError where the vectors do not fit into one number.
  explicit DeviceCounts(const CostTable& cost);

  [[nodiscard]] std::uint64_t code(const std::vector<int>& used) const;
  [[nodiscard]] std::vector<int> used(std::uint64_t code) const;
  [[nodiscard]] int used(std::uint64_t code, std::size_t device) const {
    return static_cast<int>(code / stride_[device] % (static_cast<std::uint64_t>(limit_[device]) + 1));
  }
  [[nodiscard]] int free(std::uint64_t code, std::size_t device) const { return limit_[device] - used(code, device); }
  /// Precondition: that many are free.
  [[nodiscard]] std::uint64_t with(std::uint64_t code, std::size_t device, int more) const {
    return code + stride_[device] * static_cast<std::uint64_t>(more);
  }
  /// No class has more devices in use in `a` than in `b`.
  [[nodiscard]] bool within(std::uint64_t a, std::uint64_t b) const;

 private:
  std::vector<int> limit_;
  std::vector<std::uint64_t> stride_;
};

}  // namespace cleave::verify
