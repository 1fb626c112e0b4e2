#include "search/left_out.hpp"

#include <algorithm>
#include <bit>

namespace cleave {

Dependents::Dependents(const CostTable& cost, const IndexVector<OpId, double>& work)
    : words_(cost.operator_count() / 64 + 1),
      bits_(cost.operator_count() * words_, 0),
      work_(work),
      total_(cost.operator_count(), 0.0) {
  for (std::size_t op = cost.operator_count(); op-- > 0;) {
    std::uint64_t* mine = &bits_[op * words_];
    mine[op / 64] |= std::uint64_t{1} << (op % 64);
    for (const TensorId tensor : cost.outputs[OpId(op)])
      for (const OpId reader : cost.tensors[tensor].consumers)
        for (std::size_t word = 0; word < words_; ++word) mine[word] |= bits_[reader.at() * words_ + word];
    for (std::size_t word = 0; word < words_; ++word)
      for (std::uint64_t rest = mine[word]; rest != 0; rest &= rest - 1)
        total_[OpId(op)] += this->work(64 * word + static_cast<std::size_t>(std::countr_zero(rest)));
  }
}

void LeftOut::add(OpId op) {
  const std::size_t words = dependents_->words();
  const std::uint64_t* added = dependents_->of(op);
  const std::size_t size = totals_.size();
  if (sets_.size() < (size + 1) * words) sets_.resize((size + 1) * words);
  std::uint64_t* mine = &sets_[size * words];
  if (size == 0) {
    std::copy_n(added, words, mine);
    totals_.push_back(dependents_->work_of(op));
    return;
  }
  const std::uint64_t* before = mine - words;
  double total = totals_.back();
  for (std::size_t word = 0; word < words; ++word) {
    for (std::uint64_t fresh = added[word] & ~before[word]; fresh != 0; fresh &= fresh - 1)
      total += dependents_->work(64 * word + static_cast<std::size_t>(std::countr_zero(fresh)));
    mine[word] = before[word] | added[word];
  }
  totals_.push_back(total);
}

}  // namespace cleave
