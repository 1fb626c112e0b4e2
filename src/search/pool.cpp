#include "search/pool.hpp"

#include <algorithm>
#include <array>

namespace cleave {
namespace {

using Objectives = std::array<double, 3>;

Objectives objectives(const Score& score, bool latency) {
  return {score.period_s, score.energy_j, latency ? score.latency_s : 0};
}

/// No worse in any objective, up to a relative `slack`.
bool covers(const Objectives& a, const Objectives& b, double slack) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] > b[i] * slack) return false;
  return true;
}

/// Plans that differ by rounding only are one plan.
constexpr double kSame = 1 + 1e-12;

bool within(const Limits& limits, const Score& score) {
  return score.period_s <= limits.period_s && score.latency_s <= limits.latency_s && score.energy_j <= limits.energy_j;
}

}  // namespace

void Pool::add(Plan plan, const std::string& solver) {
  const Score score = evaluate(problem_.cost, plan);
  const Candidate candidate{score.period_s, score.energy_j, std::move(plan), score, solver};
  const std::scoped_lock lock(mutex_);
  frontier_.insert(candidate);
  if (within(problem_.limits, score)) allow(candidate);
}

void Pool::assume(const Known& figures) {
  const std::scoped_lock lock(mutex_);
  assumed_.push_back(figures);
  Score score;
  score.period_s = figures.period_s;
  score.energy_j = figures.energy_j;
  score.latency_s = figures.latency_s;
  frontier_.insert(
      {.period_s = figures.period_s, .energy_j = figures.energy_j, .plan = {}, .score = score, .solver = {}});
}

std::vector<Known> Pool::assumed() const {
  const std::scoped_lock lock(mutex_);
  return assumed_;
}

void Pool::allow(const Candidate& candidate) {
  const Objectives mine = objectives(candidate.score, latency_);
  for (const Candidate& other : allowed_)
    if (covers(objectives(other.score, latency_), mine, 1)) return;
  std::erase_if(allowed_, [&](const Candidate& other) { return covers(mine, objectives(other.score, latency_), 1); });
  allowed_.push_back(candidate);
}

std::vector<Candidate> Pool::answer() const {
  std::vector<Candidate> sorted;
  {
    const std::scoped_lock lock(mutex_);
    sorted = allowed_;
  }
  const auto key = [&](const Candidate& candidate) { return objectives(candidate.score, latency_); };
  std::sort(sorted.begin(), sorted.end(), [&](const Candidate& a, const Candidate& b) { return key(a) < key(b); });
  // A later one may be better by more than rounding where an earlier one is better by rounding.
  std::vector<Candidate> kept;
  for (const Candidate& candidate : sorted) {
    const auto same_as = [&](const Candidate& other) { return covers(key(other), key(candidate), kSame); };
    if (std::any_of(kept.begin(), kept.end(), same_as)) continue;
    std::erase_if(kept, [&](const Candidate& other) { return covers(key(candidate), key(other), kSame); });
    kept.push_back(candidate);
  }
  return kept;
}

std::vector<Candidate> Pool::known() const {
  const std::scoped_lock lock(mutex_);
  return frontier_.items();
}

std::vector<PlanFigures> Pool::figures() const {
  std::vector<PlanFigures> figures;
  {
    const std::scoped_lock lock(mutex_);
    for (const Candidate& candidate : allowed_) figures.push_back({candidate.period_s, candidate.energy_j});
  }
  std::sort(figures.begin(), figures.end(),
            [](const PlanFigures& a, const PlanFigures& b) { return a.period_s < b.period_s; });
  return figures;
}

std::vector<Score> Pool::scores() const {
  std::vector<Score> scores;
  for (const Candidate& candidate : known()) scores.push_back(candidate.score);
  return scores;
}

}  // namespace cleave
