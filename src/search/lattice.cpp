// Enumerates ideals level by level: an ideal of n+1 operators is one of n and an operator whose
// producers (and earlier twins) are all in it. Each is found once per operator that it can lose; a hash of its bits
// tells the finds apart, and the finds themselves are the cover relation.
#include "search/lattice.hpp"

#include "search/twins.hpp"

#include <algorithm>
#include <bit>

namespace cleave {
namespace {

/// For each operator the distinct operators that come before it, as it reads their tensors or as their later twin, and
/// those that come after it.
struct Neighbours {
  Neighbours(const CostTable& cost, std::span<const TwinBranches> twins)
      : producers(cost.operator_count()), consumers(cost.operator_count()) {
    for (const OpId op : cost.inputs.ids()) {
      auto& list = producers[op.at()];
      for (const TensorId tensor : cost.inputs[op])
        if (cost.tensors[tensor].producer.valid()) list.push_back(cost.tensors[tensor].producer);
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
      for (const OpId producer : list) consumers[producer.at()].push_back(op);
    }
    for (const auto& [first, later] : twins) {
      producers[later.front().at()].push_back(first.front());
      consumers[first.front().at()].push_back(later.front());
    }
  }
  std::vector<std::vector<OpId>> producers;
  std::vector<std::vector<OpId>> consumers;
};

bool has(const std::uint64_t* bits, std::size_t op) { return (bits[op / 64] >> (op % 64)) & 1; }
void flip(std::uint64_t* bits, std::size_t op) { bits[op / 64] ^= std::uint64_t{1} << (op % 64); }

/// A random number per operator: a set hashes to the exclusive or of its members' (Zobrist), so that the hash of a
/// set and one operator more is at hand.
std::vector<std::uint64_t> random_numbers(std::size_t count) {
  std::vector<std::uint64_t> numbers(count);
  std::uint64_t state = 0;
  for (std::uint64_t& number : numbers) {  // SplitMix64
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    number = z ^ (z >> 31);
  }
  return numbers;
}

/// The ideals of one level by their hash: open addressing, at most half full.
class LevelTable {
 public:
  void clear(std::size_t expected) {
    slots_.assign(std::bit_ceil(std::max<std::size_t>(16, 4 * expected)), kEmpty);
    entries_ = 0;
  }
  /// The slot of the item with this hash for which `same` holds, or the empty one where it belongs.
  template <class Same>
  std::uint32_t& slot(std::uint64_t hash, Same&& same) {
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at] == kEmpty || same(slots_[at])) return slots_[at];
  }
  /// After an empty slot was filled. `hash_of` gives the hash of an item.
  template <class HashOf>
  void added(HashOf&& hash_of) {
    if (2 * ++entries_ < slots_.size()) return;
    std::vector<std::uint32_t> old(2 * slots_.size(), kEmpty);
    old.swap(slots_);
    for (const std::uint32_t item : old)
      if (item != kEmpty) slot(hash_of(item), [](std::uint32_t) { return false; }) = item;
  }
  static constexpr std::uint32_t kEmpty = ~std::uint32_t{0};

 private:
  std::vector<std::uint32_t> slots_;
  std::size_t entries_ = 0;
};

/// Covers between two looks at the clock: of 20,000 operators, an ideal takes kilobytes and a level seconds.
constexpr std::size_t kPolled = 64;

/// The state of the enumeration between two levels.
class Enumeration {
 public:
  Enumeration(const CostTable& cost, std::span<const TwinBranches> twins, std::size_t words)
      : neighbours_(cost, twins),
        words_(words),
        random_(random_numbers(cost.operator_count())),
        hashes_{0},
        ready_(words, 0) {
    for (const OpId op : cost.inputs.ids())
      if (neighbours_.producers[op.at()].empty()) flip(ready_.data(), op.at());
  }

  /// Calls `found(lower, op, upper)` for every ideal of the level and every operator that may follow.
  /// `bits` holds all ideals and grows. False when there would be more than `limit`, or when `give_up` says so.
  template <class Found>
  bool next_level(std::uint32_t first, std::uint32_t last, std::size_t limit, const std::function<bool()>& give_up,
                  std::vector<std::uint64_t>& bits, Found&& found) {
    table_.clear(last - first);
    next_hashes_.clear();
    next_ready_.clear();
    for (std::uint32_t ideal = first; ideal < last; ++ideal) {
      for (std::size_t word = 0; word < words_; ++word) {
        const std::uint64_t ready = ready_[(ideal - first) * words_ + word];
        for (std::uint64_t rest = ready; rest != 0; rest &= rest - 1) {
          const std::size_t op = 64 * word + static_cast<std::size_t>(std::countr_zero(rest));
          const std::uint32_t upper = place(ideal, first, last, op, bits);
          if (upper >= limit || (++covers_ % kPolled == 0 && give_up && give_up())) return false;
          found(ideal, OpId(op), upper);
        }
      }
    }
    hashes_.swap(next_hashes_);
    ready_.swap(next_ready_);
    return true;
  }

 private:
  /// The ideal of `ideal` and `op`, made if it is new.
  std::uint32_t place(std::uint32_t ideal, std::uint32_t first, std::uint32_t last, std::size_t op,
                      std::vector<std::uint64_t>& bits) {
    const std::uint64_t hash = hashes_[ideal - first] ^ random_[op];
    const auto same = [&](std::uint32_t other) {
      if (next_hashes_[other - last] != hash) return false;
      const std::uint64_t* mine = bits.data() + ideal * words_;
      const std::uint64_t* theirs = bits.data() + other * words_;
      for (std::size_t word = 0; word < words_; ++word)
        if ((mine[word] ^ theirs[word]) != (word == op / 64 ? std::uint64_t{1} << (op % 64) : 0)) return false;
      return true;
    };
    std::uint32_t& slot = table_.slot(hash, same);
    if (slot != LevelTable::kEmpty) return slot;
    const auto upper = static_cast<std::uint32_t>(last + next_hashes_.size());
    slot = upper;
    next_hashes_.push_back(hash);
    append(bits, ideal);
    append(next_ready_, ready_, ideal - first);
    const std::uint64_t* all = bits.data() + upper * words_;
    flip(bits.data() + upper * words_, op);
    std::uint64_t* ready = next_ready_.data() + (upper - last) * words_;
    flip(ready, op);
    for (const OpId reader : neighbours_.consumers[op]) {
      const auto& needed = neighbours_.producers[reader.at()];
      if (std::all_of(needed.begin(), needed.end(), [&](OpId producer) { return has(all, producer.at()); }))
        flip(ready, reader.at());
    }
    table_.added([&](std::uint32_t item) { return next_hashes_[item - last]; });
    return upper;
  }

  void append(std::vector<std::uint64_t>& bits, std::size_t ideal) const {
    bits.resize(bits.size() + words_);
    std::copy_n(bits.data() + ideal * words_, words_, bits.data() + bits.size() - words_);
  }
  void append(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from, std::size_t ideal) const {
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(ideal * words_);
    to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(words_));
  }

  Neighbours neighbours_;
  std::size_t words_;
  std::vector<std::uint64_t> random_;
  LevelTable table_;
  std::size_t covers_ = 0;
  std::vector<std::uint64_t> hashes_;  ///< of the level's ideals
  std::vector<std::uint64_t> ready_;   ///< operators that may follow, of the level's ideals
  std::vector<std::uint64_t> next_hashes_;
  std::vector<std::uint64_t> next_ready_;
};

}  // namespace

std::optional<Lattice> Lattice::all(const CostTable& cost, std::size_t limit, const std::function<bool()>& give_up) {
  return enumerate(cost, {}, limit, give_up);
}

std::optional<Lattice> Lattice::up_to_twins(const CostTable& cost, std::size_t limit,
                                            const std::function<bool()>& give_up) {
  return enumerate(cost, twin_branches(cost), limit, give_up);
}

std::optional<Lattice> Lattice::enumerate(const CostTable& cost, std::span<const TwinBranches> twins, std::size_t limit,
                                          const std::function<bool()>& give_up) {
  const std::size_t operators = cost.operator_count();
  Lattice lattice;
  lattice.words_ = operators / 64 + 1;
  lattice.bits_.assign(lattice.words_, 0);
  lattice.level_offset_ = {0, 1};
  Enumeration enumeration(cost, twins, lattice.words_);
  for (std::size_t level = 0; level < operators; ++level) {
    const std::uint32_t first = lattice.first(level);
    const std::uint32_t last = lattice.last(level);
    const auto found = [&](std::uint32_t lower, OpId op, std::uint32_t upper) {
      lattice.extension_offset_.resize(lower + 1, lattice.extensions_.size());
      lattice.extensions_.push_back({op, upper});
    };
    if (!enumeration.next_level(first, last, limit, give_up, lattice.bits_, found)) return std::nullopt;
    lattice.level_offset_.push_back(static_cast<std::uint32_t>(lattice.bits_.size() / lattice.words_));
  }
  lattice.extension_offset_.resize(lattice.bits_.size() / lattice.words_ + 1, lattice.extensions_.size());
  lattice.turn_extensions_into_covers();
  return lattice;
}

/// Sorts the relation by its upper end, keeping the order of lower ends.
void Lattice::turn_extensions_into_covers() {
  const std::size_t ideals = extension_offset_.size() - 1;
  cover_offset_.assign(ideals + 1, 0);
  for (const Extension& extension : extensions_) ++cover_offset_[extension.upper + 1];
  for (std::size_t ideal = 0; ideal < ideals; ++ideal) cover_offset_[ideal + 1] += cover_offset_[ideal];
  std::vector<std::size_t> next(cover_offset_.begin(), cover_offset_.end() - 1);
  covers_.resize(extensions_.size());
  for (std::uint32_t lower = 0; lower < ideals; ++lower)
    for (const Extension& extension : extensions(lower)) covers_[next[extension.upper]++] = {extension.op, lower};
}

Lattice Lattice::chain(const CostTable& cost, std::span<const OpId> order) {
  const std::size_t operators = cost.operator_count();
  Lattice lattice;
  lattice.words_ = operators / 64 + 1;
  lattice.bits_.assign((operators + 1) * lattice.words_, 0);
  lattice.level_offset_ = {0, 1};
  lattice.extension_offset_ = {0};
  for (std::size_t i = 0; i < operators; ++i) {
    std::uint64_t* below = lattice.bits_.data() + i * lattice.words_;
    std::copy(below, below + lattice.words_, below + lattice.words_);
    below[lattice.words_ + order[i].at() / 64] |= std::uint64_t{1} << (order[i].at() % 64);
    lattice.extensions_.push_back({order[i], static_cast<std::uint32_t>(i + 1)});
    lattice.extension_offset_.push_back(lattice.extensions_.size());
    lattice.level_offset_.push_back(static_cast<std::uint32_t>(i + 2));
  }
  lattice.extension_offset_.push_back(lattice.extensions_.size());
  lattice.turn_extensions_into_covers();
  return lattice;
}

Lattice Lattice::chain(const CostTable& cost) {
  std::vector<OpId> order;
  for (const OpId op : cost.inputs.ids()) order.push_back(op);
  return chain(cost, order);
}

Lattice Lattice::of(const std::vector<std::vector<Member>>& levels) {
  Lattice lattice;
  lattice.words_ = levels.front().front().bits.size();
  lattice.level_offset_ = {0};
  std::vector<std::vector<Extension>> extensions;
  for (const auto& level : levels) {
    const std::uint32_t below = lattice.levels() > 0 ? lattice.first(lattice.levels() - 1) : 0;
    for (const Member& member : level) {
      for (const Cover& cover : member.covers)
        extensions[below + cover.lower].push_back({cover.op, static_cast<std::uint32_t>(extensions.size())});
      lattice.bits_.insert(lattice.bits_.end(), member.bits.begin(), member.bits.end());
      extensions.emplace_back();
    }
    lattice.level_offset_.push_back(static_cast<std::uint32_t>(extensions.size()));
  }
  for (auto& of_one : extensions) {
    std::sort(of_one.begin(), of_one.end(), [](const Extension& a, const Extension& b) { return a.op < b.op; });
    lattice.extension_offset_.push_back(lattice.extensions_.size());
    lattice.extensions_.insert(lattice.extensions_.end(), of_one.begin(), of_one.end());
  }
  lattice.extension_offset_.push_back(lattice.extensions_.size());
  lattice.turn_extensions_into_covers();
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
