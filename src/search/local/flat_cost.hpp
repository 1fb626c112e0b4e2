#pragma once
/// The cost table as a local search reads it: flat arrays, all numbers of one choice side by side.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace cleave::local {

/// An operator in a mode.
struct OperatorPrice {
  double compute_s = 0;
  double compute_j = 0;
  double weight_bytes = 0;
  double live_bytes = 0;
};

/// A tensor through a mode's port, once.
struct TransferPrice {
  double seconds = 0;
  double joules = 0;
  double bytes = 0;
};

constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);

/// Lists of numbers end to end.
class Lists {
 public:
  void push_back(std::span<const std::uint32_t> items) {
    items_.insert(items_.end(), items.begin(), items.end());
    offset_.push_back(static_cast<std::uint32_t>(items_.size()));
  }
  [[nodiscard]] std::span<const std::uint32_t> operator[](std::size_t list) const {
    return {items_.data() + offset_[list], items_.data() + offset_[list + 1]};
  }

 private:
  std::vector<std::uint32_t> items_;
  std::vector<std::uint32_t> offset_ = {0};
};

class FlatCost {
 public:
  /// Refers to `cost`, which must outlive it.
  explicit FlatCost(const CostTable& cost);

  [[nodiscard]] const CostTable& table() const { return cost_; }
  [[nodiscard]] std::size_t operators() const { return cost_.operator_count(); }
  [[nodiscard]] std::size_t tensors() const { return producer_.size(); }
  [[nodiscard]] std::size_t modes() const { return modes_; }
  /// As many stages as a plan can have.
  [[nodiscard]] std::size_t most_stages() const { return most_stages_; }
  /// Some device has so little memory that it must be watched.
  [[nodiscard]] bool memory_limited() const { return memory_limited_; }

  [[nodiscard]] const OperatorPrice& price(std::uint32_t op, std::uint32_t mode) const {
    return operator_prices_[op * modes_ + mode];
  }
  [[nodiscard]] const TransferPrice& transfer(std::uint32_t tensor, std::uint32_t mode) const {
    return transfer_prices_[tensor * modes_ + mode];
  }
  [[nodiscard]] bool can_run(std::uint32_t op, std::uint32_t mode) const { return price(op, mode).compute_s < kCannot; }
  [[nodiscard]] std::span<const std::uint32_t> inputs(std::uint32_t op) const { return inputs_[op]; }
  [[nodiscard]] std::span<const std::uint32_t> outputs(std::uint32_t op) const { return outputs_[op]; }
  /// Operators that share a tensor with `op` as its producer or reader; once for each such tensor.
  [[nodiscard]] std::span<const std::uint32_t> neighbours(std::uint32_t op) const { return neighbours_[op]; }
  /// kNone: an input of the network.
  [[nodiscard]] std::uint32_t producer(std::uint32_t tensor) const { return producer_[tensor]; }
  [[nodiscard]] bool leaves(std::uint32_t tensor) const { return leaves_[tensor] != 0; }

 private:
  void list_operators();
  void price_all();

  const CostTable& cost_;
  std::size_t modes_;
  std::size_t most_stages_;
  bool memory_limited_ = false;
  std::vector<OperatorPrice> operator_prices_;
  std::vector<TransferPrice> transfer_prices_;
  Lists inputs_;
  Lists outputs_;
  Lists neighbours_;
  std::vector<std::uint32_t> producer_;
  std::vector<std::uint8_t> leaves_;
};

}  // namespace cleave::local
