#include "search/label_contest.hpp"

#include <algorithm>

namespace cleave {

void lower(double* first, const double* last, double most) {
  for (; last - first >= 4 && most < first[0]; first += 4)
    for (int i = 0; i < 4; ++i) first[i] = std::min(first[i], most);
  for (; first != last && most < *first; ++first) *first = most;
}

std::vector<double>& LabelContest::start(std::size_t cells) {
  limits_j_.resize(cells);
  first_.assign(cells, kNone);
  candidates_.clear();
  return limits_j_;
}

/// Takes the place of a candidate of its cell that it dominates. Others that it dominates remain: they lose in the end.
void LabelContest::propose(const Label& label) {
  const auto [period_s, energy_j] = label.figures;
  std::uint32_t worse = kNone;
  for (std::uint32_t i = first_[label.cell]; i != kNone; i = candidates_[i].next) {
    const Figures& other = candidates_[i].label.figures;
    if (other.period_s <= period_s * kSameFigure && other.energy_j <= energy_j * kSameFigure) return;
    if (other.period_s >= period_s && other.energy_j >= energy_j) worse = i;
  }
  if (worse != kNone) {
    candidates_[worse].label = label;
  } else {
    candidates_.push_back({label, first_[label.cell]});
    first_[label.cell] = static_cast<std::uint32_t>(candidates_.size() - 1);
  }
  lower(limits_j_.data() + label.cell + 1, limits_j_.data() + limits_j_.size(), energy_j);
}

const std::vector<Label>& LabelContest::winners() {
  winners_.clear();
  for (const auto& [label, next] : candidates_)
    if (label.figures.energy_j < limits_j_[label.cell]) winners_.push_back(label);
  std::sort(winners_.begin(), winners_.end(), [](const Label& a, const Label& b) {
    return a.figures.period_s != b.figures.period_s ? a.figures.period_s < b.figures.period_s
                                                    : a.figures.energy_j < b.figures.energy_j;
  });
  double least_j = kCannot;
  const auto loses = [&](const Label& label) {
    if (label.figures.energy_j * kSameFigure >= least_j) return true;
    least_j = label.figures.energy_j;
    return false;
  };
  winners_.erase(std::remove_if(winners_.begin(), winners_.end(), loses), winners_.end());
  return winners_;
}

}  // namespace cleave
