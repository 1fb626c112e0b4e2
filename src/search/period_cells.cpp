#include "search/period_cells.hpp"

#include <algorithm>

namespace cleave {

PeriodCells::PeriodCells(const std::vector<double>& known, const std::vector<double>& sample) : from_s_{0} {
  constexpr std::size_t most_known = 192, enough = 128, some = 64;
  add_some_of(known, most_known);
  add_some_of(sample, std::max(some, enough - std::min(enough, from_s_.size())));
  std::sort(from_s_.begin(), from_s_.end());
  from_s_.erase(std::unique(from_s_.begin(), from_s_.end()), from_s_.end());
}

void PeriodCells::add_some_of(const std::vector<double>& periods_s, std::size_t most) {
  const std::size_t some = std::min(periods_s.size(), most);
  for (std::size_t i = 0; i < some; ++i) from_s_.push_back(periods_s[i * periods_s.size() / some]);
}

std::uint32_t PeriodCells::of(double period_s) const {
  return static_cast<std::uint32_t>(last_until(from_s_.data(), from_s_.size(), period_s));
}

}  // namespace cleave
