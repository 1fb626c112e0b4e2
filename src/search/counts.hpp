#pragma once
/// Usage counts: how many devices of each class a partial plan has taken, as one number.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <vector>

namespace cleave {

/// Mixed-radix codes for the vectors 0 <= k_c <= m_c. Counting devices instead of naming them
/// removes the symmetry of identical devices by construction.
class Counts {
 public:
  explicit Counts(const CostTable& cost) {
    for (const ClassCost& device : cost.classes) {
      stride_.push_back(size_);
      limit_.push_back(device.count);
      size_ *= static_cast<std::size_t>(device.count) + 1;
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int used(std::size_t code, ClassId device) const {
    return static_cast<int>(code / stride_[device] % (static_cast<std::size_t>(limit_[device]) + 1));
  }
  [[nodiscard]] int free(std::size_t code, ClassId device) const { return limit_[device] - used(code, device); }
  /// The code after `devices` more of a class. Precondition: that many are free.
  [[nodiscard]] std::size_t take(std::size_t code, ClassId device, int devices) const {
    return code + stride_[device] * static_cast<std::size_t>(devices);
  }
  [[nodiscard]] std::size_t release(std::size_t code, ClassId device, int devices) const {
    return code - stride_[device] * static_cast<std::size_t>(devices);
  }

 private:
  std::size_t size_ = 1;
  IndexVector<ClassId, std::size_t> stride_;
  IndexVector<ClassId, int> limit_;
};

}  // namespace cleave
