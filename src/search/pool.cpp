#include "search/pool.hpp"

namespace cleave {
namespace {

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
  if (within(problem_.limits, score)) allowed_.insert(candidate);
}

std::vector<Candidate> Pool::answer() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Candidate> kept;
  for (const Candidate& candidate : allowed_.items()) {
    if (kept.empty() || candidate.period_s > kept.back().period_s * kSame) {
      if (kept.empty() || candidate.energy_j * kSame < kept.back().energy_j) kept.push_back(candidate);
    } else {
      kept.back() = candidate;
    }
  }
  return kept;
}

bool Pool::undominated(const Candidate& candidate) const {
  const std::scoped_lock lock(mutex_);
  return frontier_.least_energy_until(candidate.period_s) >= candidate.energy_j;
}

std::vector<Score> Pool::scores() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Score> scores;
  for (const Candidate& candidate : frontier_.items()) scores.push_back(candidate.score);
  return scores;
}

}  // namespace cleave
