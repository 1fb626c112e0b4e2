// Enumerates ideals level by level: an ideal of n+1 operators is one of n and an operator whose
// producers are all in it. Each is found once per operator that it can lose; a hash of its bits
// tells the finds apart, and the finds themselves are the cover relation.
#include "search/lattice.hpp"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace cleave {
namespace {

using Words = std::vector<std::uint64_t>;

/// For each operator the distinct operators whose tensors it reads.
std::vector<std::vector<OpId>> producers_of(const CostTable& cost) {
  std::vector<std::vector<OpId>> producers(cost.operator_count());
  for (const OpId op : cost.inputs.ids()) {
    for (const TensorId tensor : cost.inputs[op])
      if (cost.tensors[tensor].producer.valid()) producers[op.at()].push_back(cost.tensors[tensor].producer);
    auto& list = producers[op.at()];
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return producers;
}

bool has(const std::uint64_t* bits, std::size_t op) { return (bits[op / 64] >> (op % 64)) & 1; }

struct WordsHash {
  std::size_t operator()(const Words& words) const {
    std::uint64_t hash = 0x9e3779b97f4a7c15ULL;
    for (const std::uint64_t word : words) hash = std::rotl((hash ^ word) * 0xff51afd7ed558ccdULL, 31);
    return hash;
  }
};

struct Find {
  std::uint32_t upper;
  Lattice::Cover cover;
};

}  // namespace

std::optional<Lattice> Lattice::all(const CostTable& cost, std::size_t limit) {
  const std::size_t operators = cost.operator_count();
  const auto producers = producers_of(cost);
  Lattice lattice;
  lattice.words_ = operators / 64 + 1;
  lattice.bits_.assign(lattice.words_, 0);
  lattice.level_offset_ = {0, 1};
  lattice.cover_offset_ = {0, 0};

  std::unordered_map<Words, std::uint32_t, WordsHash> next;
  std::vector<Find> finds;
  for (std::size_t level = 0; level < operators; ++level) {
    next.clear();
    finds.clear();
    std::uint32_t count = lattice.level_offset_.back();
    for (std::uint32_t ideal = lattice.first(level); ideal < lattice.last(level); ++ideal) {
      for (std::size_t op = 0; op < operators; ++op) {
        const std::uint64_t* bits = lattice.bits_.data() + ideal * lattice.words_;
        const auto ready = [&](OpId producer) { return has(bits, producer.at()); };
        if (has(bits, op) || !std::all_of(producers[op].begin(), producers[op].end(), ready)) continue;
        Words grown(bits, bits + lattice.words_);
        grown[op / 64] |= std::uint64_t{1} << (op % 64);
        const auto [place, fresh] = next.try_emplace(std::move(grown), count);
        if (fresh) {
          if (count >= limit) return std::nullopt;
          ++count;
          lattice.bits_.insert(lattice.bits_.end(), place->first.begin(), place->first.end());
        }
        finds.push_back({place->second, {OpId(op), ideal}});
      }
    }
    std::stable_sort(finds.begin(), finds.end(), [](const Find& a, const Find& b) { return a.upper < b.upper; });
    for (std::size_t i = 0; i < finds.size(); ++i) {
      lattice.covers_.push_back(finds[i].cover);
      if (i + 1 == finds.size() || finds[i + 1].upper != finds[i].upper)
        lattice.cover_offset_.push_back(lattice.covers_.size());
    }
    lattice.level_offset_.push_back(count);
  }
  return lattice;
}

Lattice Lattice::chain(const CostTable& cost, std::span<const OpId> order) {
  const std::size_t operators = cost.operator_count();
  Lattice lattice;
  lattice.words_ = operators / 64 + 1;
  lattice.bits_.assign((operators + 1) * lattice.words_, 0);
  lattice.level_offset_ = {0, 1};
  lattice.cover_offset_ = {0, 0};
  for (std::size_t i = 0; i < operators; ++i) {
    std::uint64_t* below = lattice.bits_.data() + i * lattice.words_;
    std::copy(below, below + lattice.words_, below + lattice.words_);
    below[lattice.words_ + order[i].at() / 64] |= std::uint64_t{1} << (order[i].at() % 64);
    lattice.covers_.push_back({order[i], static_cast<std::uint32_t>(i)});
    lattice.cover_offset_.push_back(lattice.covers_.size());
    lattice.level_offset_.push_back(static_cast<std::uint32_t>(i + 2));
  }
  return lattice;
}

std::vector<double> Lattice::boundary(const CostTable& cost, const IndexVector<TensorId, double>& weight) const {
  std::vector<double> sums(size(), 0);
  for (std::uint32_t ideal = 1; ideal < size(); ++ideal) {
    const auto [op, lower] = covers(ideal).front();
    const auto read_later = [&](OpId reader) { return !contains(ideal, reader); };
    const auto crosses = [&](TensorId tensor) {
      const auto& readers = cost.tensors[tensor].consumers;
      return std::any_of(readers.begin(), readers.end(), read_later);
    };
    sums[ideal] = sums[lower];
    for (const TensorId tensor : cost.outputs[op]) sums[ideal] += crosses(tensor) ? weight[tensor] : 0;
    for (const TensorId tensor : cost.inputs[op])
      sums[ideal] -= cost.tensors[tensor].producer.valid() && !crosses(tensor) ? weight[tensor] : 0;
  }
  return sums;
}

std::vector<OpId> Lattice::difference(std::uint32_t upper, std::uint32_t lower) const {
  std::vector<OpId> operators;
  for (std::size_t word = 0; word < words_; ++word) {
    std::uint64_t bits = bits_[upper * words_ + word] & ~bits_[lower * words_ + word];
    for (; bits != 0; bits &= bits - 1)
      operators.emplace_back(64 * word + static_cast<std::size_t>(std::countr_zero(bits)));
  }
  return operators;
}

}  // namespace cleave
