#pragma once
/// Ideals (downward-closed sets of operators), found as they are asked for.

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace cleave::verify {

/// Numbers ideals in the order in which they are met; 0 is the empty one.
class Ideals {
 public:
  struct Step {
    OpId op;              ///< this ideal with `op` ...
    std::uint32_t above;  ///< ... is that ideal
  };

  /// Of those with the first operator of the later of two twin branches only the ones with that of the earlier, too.
  /// Throws VerificationError, from any function, when more than `limit` ideals are met.
  Ideals(const CostTable& cost, const std::vector<TwinBranches>& twins, std::size_t limit);

  /// The least ideal with these operators.
  [[nodiscard]] std::uint32_t closure(std::span<const OpId> operators);
  /// Every ideal with one operator more. The answer lives until the ideals do.
  [[nodiscard]] const std::vector<Step>& above(std::uint32_t ideal);
  /// Its operators that none of the others comes after, ascending: they determine it.
  [[nodiscard]] std::vector<OpId> maximal(std::uint32_t ideal) const;

  [[nodiscard]] bool contains(std::uint32_t ideal, OpId op) const {
    return ((*members_[ideal])[op.at() / 64] >> (op.at() % 64)) & 1;
  }
  [[nodiscard]] std::size_t operators_in(std::uint32_t ideal) const { return count_[ideal]; }
  [[nodiscard]] bool full(std::uint32_t ideal) const { return count_[ideal] == before_.size(); }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  using Words = std::vector<std::uint64_t>;
  struct Hash {
    std::size_t operator()(const Words& words) const;
  };
  std::uint32_t number(Words words);

  std::size_t limit_;
  IndexVector<OpId, std::vector<OpId>> before_;  ///< it reads from them, or they go first
  IndexVector<OpId, std::vector<OpId>> after_;
  std::unordered_map<Words, std::uint32_t, Hash> numbers_;
  std::vector<const Words*> members_;  ///< keys of numbers_, which stay where they are
  std::vector<std::size_t> count_;
  std::unordered_map<std::uint32_t, std::vector<Step>> above_;
};

}  // namespace cleave::verify
