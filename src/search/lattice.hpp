#pragma once
/// The downward-closed sets ("ideals") of the operator graph: the places where a pipeline may be cut.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

/// Ideals by level (number of operators in them), each with the ideals one operator below it.
/// A chain of prefixes of one linear order is a lattice too.
class Lattice {
 public:
  struct Cover {
    OpId op;              ///< this ideal without `op` ...
    std::uint32_t lower;  ///< ... is that ideal
  };

  /// Every ideal; none when there are more than `limit`.
  /// Time O(ideals x operators), memory O(ideals x operators / 8 bytes).
  static std::optional<Lattice> all(const CostTable& cost, std::size_t limit);
  /// The prefixes of `order`, which must be topological.
  static Lattice chain(const CostTable& cost, std::span<const OpId> order);

  [[nodiscard]] std::size_t size() const { return cover_offset_.size() - 1; }
  [[nodiscard]] std::size_t levels() const { return level_offset_.size() - 1; }
  /// Ideals of `level` are first .. last-1.
  [[nodiscard]] std::uint32_t first(std::size_t level) const { return level_offset_[level]; }
  [[nodiscard]] std::uint32_t last(std::size_t level) const { return level_offset_[level + 1]; }
  [[nodiscard]] std::uint32_t top() const { return static_cast<std::uint32_t>(size() - 1); }

  [[nodiscard]] bool contains(std::uint32_t ideal, OpId op) const {
    return (bits_[ideal * words_ + op.at() / 64] >> (op.at() % 64)) & 1;
  }
  [[nodiscard]] std::span<const Cover> covers(std::uint32_t ideal) const {
    return {covers_.data() + cover_offset_[ideal], covers_.data() + cover_offset_[ideal + 1]};
  }
  /// For each ideal what its outgoing tensors weigh, `weight` per tensor.
  [[nodiscard]] std::vector<double> boundary(const CostTable& cost, const IndexVector<TensorId, double>& weight) const;
  /// Operators in `upper` and not in `lower`, ascending.
  [[nodiscard]] std::vector<OpId> difference(std::uint32_t upper, std::uint32_t lower) const;

 private:
  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> level_offset_;
  std::vector<std::size_t> cover_offset_;
  std::vector<Cover> covers_;
};

}  // namespace cleave
