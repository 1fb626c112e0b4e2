#include "search/chain_loads.hpp"

namespace cleave {

ChainLoads::ChainLoads(const StageTable& table, const Lattice& chain, double most_s)
    : table_(table), chain_(chain), most_s_(most_s), stage_(table), loads_(chain.size()) {}

bool ChainLoads::worth_keeping(const Lattice& lattice, std::size_t modes) {
  constexpr std::size_t most = 1'000'000;
  const bool chain = lattice.size() == lattice.levels();
  return chain && lattice.size() * lattice.size() / 2 * modes <= most;
}

const std::vector<ChainLoads::Load>& ChainLoads::from(std::uint32_t ideal) {
  if (loads_[ideal].empty()) find(ideal);
  return loads_[ideal];
}

void ChainLoads::find(std::uint32_t ideal) {
  bool any = true;
  for (std::uint32_t lower = ideal; lower != chain_.top() && any; ++lower) {
    stage_.push(chain_.extensions(lower).front().op);
    any = false;
    for (std::size_t mode = 0; mode < table_.modes().size(); ++mode) {
      const double least_s = stage_.least_load_s(mode);
      any |= least_s < most_s_;
      loads_[ideal].push_back({least_s, least_s < most_s_ ? stage_.load_s(mode) : kCannot});
    }
  }
  while (!stage_.empty()) stage_.pop();
}

}  // namespace cleave
