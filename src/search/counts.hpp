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
      size_ *= static_cast<std::size_t>(device.count) + 1;
    }
    // A table: the search asks often enough for two divisions to matter.
    for (const ClassId device : cost.classes.ids()) {
      std::vector<std::int32_t> free(size_);
      const int limit = cost.classes[device].count;
      for (std::size_t code = 0; code < size_; ++code)
        free[code] = limit - static_cast<int>(code / stride_[device] % (static_cast<std::size_t>(limit) + 1));
      free_.push_back(std::move(free));
      limit_.push_back(limit);
    }
  }
  /// How many codes there are, without building their table.
  [[nodiscard]] static std::size_t number_of(const CostTable& cost) {
    std::size_t number = 1;
    for (const ClassCost& device : cost.classes) number *= static_cast<std::size_t>(device.count) + 1;
    return number;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int used(std::size_t code, ClassId device) const { return limit_[device] - free_[device][code]; }
  [[nodiscard]] int free(std::size_t code, ClassId device) const { return free_[device][code]; }
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
  IndexVector<ClassId, std::vector<std::int32_t>> free_;  ///< [class][code]
};

}  // namespace cleave
