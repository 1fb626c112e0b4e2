#include "search/left_out.hpp"

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
  const std::uint64_t* dependents = dependents_->of(op);
  double total = this->work();
  for (std::size_t word = 0; word < bits_.size(); ++word) {
    for (std::uint64_t fresh = dependents[word] & ~bits_[word]; fresh != 0; fresh &= fresh - 1) {
      const std::size_t one = 64 * word + static_cast<std::size_t>(std::countr_zero(fresh));
      total += dependents_->work(one);
      added_.push_back({static_cast<std::uint32_t>(one), total});
    }
    bits_[word] |= dependents[word];
  }
}

void LeftOut::shrink(std::size_t size) {
  for (; added_.size() > size; added_.pop_back())
    bits_[added_.back().op / 64] &= ~(std::uint64_t{1} << (added_.back().op % 64));
}

}  // namespace cleave
