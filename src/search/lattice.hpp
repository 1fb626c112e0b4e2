#pragma once
/// The downward-closed sets ("ideals") of the operator graph: the places where a pipeline may be cut.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

struct TwinBranches;

/// Ideals by level (number of operators in them), each with the ideals one operator below it.
/// A chain of prefixes of one linear order is a lattice too.
class Lattice {
 public:
  struct Cover {
    OpId op;              ///< this ideal without `op` ...
    std::uint32_t lower;  ///< ... is that ideal
  };

  struct Extension {
    OpId op;              ///< this ideal with `op` ...
    std::uint32_t upper;  ///< ... is that ideal
  };

  /// Every ideal; none when there are more than `limit`, or when `give_up` says so.
  /// Time O(covers), memory O(covers + ideals x operators / 8 bytes).
  static std::optional<Lattice> all(const CostTable& cost, std::size_t limit,
                                    const std::function<bool()>& give_up = {});
  /// Those that keep to the orders of twin operators (twins.hpp): some plan of every score has no others.
  static std::optional<Lattice> up_to_twins(const CostTable& cost, std::size_t limit,
                                            const std::function<bool()>& give_up = {});
  /// An ideal and those of the level below that it covers; `lower` counts within that level.
  struct Member {
    std::vector<std::uint64_t> bits;
    std::vector<Cover> covers;
  };
  /// Some of the ideals, by level: the empty one, ..., all operators.
  static Lattice of(const std::vector<std::vector<Member>>& levels);
  /// The prefixes of `order`, which must be topological.
  static Lattice chain(const CostTable& cost, std::span<const OpId> order);
  /// Those of the network's own order.
  static Lattice chain(const CostTable& cost);

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
  /// The ideals one operator above, by ascending operator.
  [[nodiscard]] std::span<const Extension> extensions(std::uint32_t ideal) const {
    return {extensions_.data() + extension_offset_[ideal], extensions_.data() + extension_offset_[ideal + 1]};
  }
  /// For each ideal what its outgoing tensors weigh, `weight` per tensor.
  [[nodiscard]] std::vector<double> boundary(const CostTable& cost, const IndexVector<TensorId, double>& weight) const;
  /// Every operator of `lower` is in `upper`.
  [[nodiscard]] bool within(std::uint32_t lower, std::uint32_t upper) const {
    for (std::size_t word = 0; word < words_; ++word)
      if ((bits_[lower * words_ + word] & ~bits_[upper * words_ + word]) != 0) return false;
    return true;
  }
  /// Operators in `upper` and not in `lower`, ascending.
  [[nodiscard]] std::vector<OpId> difference(std::uint32_t upper, std::uint32_t lower) const;

 private:
  static std::optional<Lattice> enumerate(const CostTable& cost, std::span<const TwinBranches> twins, std::size_t limit,
                                          const std::function<bool()>& give_up);
  void turn_extensions_into_covers();

  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> level_offset_;
  std::vector<std::size_t> cover_offset_;
  std::vector<Cover> covers_;
  std::vector<std::size_t> extension_offset_;
  std::vector<Extension> extensions_;
};

}  // namespace cleave
