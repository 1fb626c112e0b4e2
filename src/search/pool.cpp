#include "search/pool.hpp"

#include "base/parallel.hpp"

#include <algorithm>

namespace cleave {
namespace {

bool within(const Limits& limits, const Score& score) {
  return score.period_s <= limits.period_s && score.latency_s <= limits.latency_s && score.energy_j <= limits.energy_j;
}

Candidate priced(const Problem& problem, Plan plan, const std::string& solver) {
  const Score score = evaluate(problem.cost, plan);
  return {score.period_s, score.energy_j, std::move(plan), score, solver};
}

}  // namespace

void Pool::add(Plan plan, const std::string& solver) {
  Candidate candidate = priced(problem_, std::move(plan), solver);
  const std::scoped_lock lock(mutex_);
  keep(std::move(candidate));
}

void Pool::add_all(std::vector<Plan> plans, const std::string& solver) {
  std::vector<Candidate> candidates(plans.size());
  in_parallel(std::size_t{0}, plans.size(),
              [&](std::size_t i) { candidates[i] = priced(problem_, std::move(plans[i]), solver); });
  const std::scoped_lock lock(mutex_);
  for (Candidate& candidate : candidates) keep(std::move(candidate));
}

void Pool::keep(Candidate candidate) {
  frontier_.insert(candidate);
  const Score& score = candidate.score;
  if (!within(problem_.limits, score)) return;
  const double latency_s = latency_ ? score.latency_s : 0;
  allowed_.insert({score.period_s, score.energy_j, latency_s, std::make_shared<const Candidate>(std::move(candidate))});
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

std::vector<Pool::Allowed> Pool::distinct() const {
  const std::scoped_lock lock(mutex_);
  return without_rounding_twins(allowed_);
}

std::vector<Candidate> Pool::answer() const {
  std::vector<Candidate> plans;
  for (const Allowed& one : distinct()) plans.push_back(*one.candidate);
  return plans;
}

std::vector<Known> Pool::answer_figures() const {
  std::vector<Known> figures;
  for (const Allowed& one : distinct()) figures.push_back({one.period_s, one.energy_j, one.latency_s});
  return figures;
}

std::vector<Candidate> Pool::known() const {
  const std::scoped_lock lock(mutex_);
  return frontier_.items();
}

std::vector<PlanFigures> Pool::figures() const {
  const std::scoped_lock lock(mutex_);
  std::vector<PlanFigures> figures;
  for (const Allowed& one : allowed_.items()) figures.push_back({one.period_s, one.energy_j});
  return figures;
}

std::vector<Score> Pool::scores() const {
  std::vector<Score> scores;
  for (const Candidate& candidate : known()) scores.push_back(candidate.score);
  return scores;
}

}  // namespace cleave
