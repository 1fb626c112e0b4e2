#include "verify/ideals.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace cleave::verify {

std::size_t Ideals::Hash::operator()(const Words& words) const {
  std::uint64_t hash = 0;
  for (const std::uint64_t word : words) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29;
  }
  return hash;
}

Ideals::Ideals(const CostTable& cost, const std::vector<TwinBranches>& twins, std::size_t limit)
    : limit_(limit), before_(cost.operator_count()), after_(cost.operator_count()) {
  for (const TensorUse& use : cost.tensors) {
    if (!use.producer.valid()) continue;
    for (const OpId reader : use.consumers) {
      before_[reader].push_back(use.producer);
      after_[use.producer].push_back(reader);
    }
  }
  for (const TwinBranches& one : twins) {
    before_[one.later.front()].push_back(one.first.front());
    after_[one.first.front()].push_back(one.later.front());
  }
  (void)number(Words(cost.operator_count() / 64 + 1, 0));
}

std::uint32_t Ideals::number(Words words) {
  const auto [place, fresh] = numbers_.try_emplace(std::move(words), static_cast<std::uint32_t>(members_.size()));
  if (!fresh) return place->second;
  if (members_.size() >= limit_)
    throw VerificationError(fmt::format("the proof needs more than {} ideals, which is the limit", limit_));
  members_.push_back(&place->first);
  std::size_t count = 0;
  for (const std::uint64_t word : place->first) count += static_cast<std::size_t>(std::popcount(word));
  count_.push_back(count);
  return place->second;
}

std::uint32_t Ideals::closure(std::span<const OpId> operators) {
  Words words(before_.size() / 64 + 1, 0);
  std::vector<OpId> open(operators.begin(), operators.end());
  while (!open.empty()) {
    const OpId op = open.back();
    open.pop_back();
    std::uint64_t& word = words[op.at() / 64];
    const std::uint64_t bit = std::uint64_t{1} << (op.at() % 64);
    if ((word & bit) != 0) continue;
    word |= bit;
    open.insert(open.end(), before_[op].begin(), before_[op].end());
  }
  return number(std::move(words));
}

const std::vector<Ideals::Step>& Ideals::above(std::uint32_t ideal) {
  const auto [place, fresh] = above_.try_emplace(ideal);
  if (!fresh) return place->second;
  const auto inside = [&](OpId op) { return contains(ideal, op); };
  for (const OpId op : before_.ids()) {
    if (inside(op) || !std::all_of(before_[op].begin(), before_[op].end(), inside)) continue;
    Words words = *members_[ideal];
    words[op.at() / 64] |= std::uint64_t{1} << (op.at() % 64);
    place->second.push_back({op, number(std::move(words))});
  }
  return place->second;
}

std::vector<OpId> Ideals::maximal(std::uint32_t ideal) const {
  std::vector<OpId> found;
  const auto inside = [&](OpId op) { return contains(ideal, op); };
  for (const OpId op : after_.ids())
    if (inside(op) && std::none_of(after_[op].begin(), after_[op].end(), inside)) found.push_back(op);
  return found;
}

}  // namespace cleave::verify
