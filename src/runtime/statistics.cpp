#include "runtime/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cleave {

std::size_t samples_for(double percent) {
  constexpr double missed = 0.00129;  // one in 775
  return static_cast<std::size_t>(std::ceil(std::log(missed) / std::log(percent / 100)));
}

std::optional<double> percentile(std::vector<double> samples, double percent) {
  if (samples.size() < samples_for(percent)) return std::nullopt;
  const double rank = std::ceil(percent / 100 * static_cast<double>(samples.size()));
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

std::size_t whole_turn(const Plan& plan) {
  constexpr std::size_t most = 1'000'000;  // beyond any run; the next multiple might not be a number
  std::size_t turn = 1;
  for (const Stage& stage : plan.stages)
    turn = std::min(most, std::lcm(turn, static_cast<std::size_t>(stage.replicas)));
  return turn;
}

std::optional<double> steady_period_s(std::span<const double> result_s, const Plan& plan) {
  constexpr std::size_t enough_turns = 4;
  if (result_s.empty()) return std::nullopt;
  std::size_t workers = 0, most_replicas = 1;
  for (const Stage& stage : plan.stages) {
    workers += static_cast<std::size_t>(stage.replicas);
    most_replicas = std::max(most_replicas, static_cast<std::size_t>(stage.replicas));
  }
  const std::size_t left_out = std::min(workers, (result_s.size() - 1) / 4);
  const std::size_t times = result_s.size() - 1 - left_out;
  std::size_t turn = whole_turn(plan);
  if (turn > times && enough_turns * most_replicas <= times) turn = most_replicas;
  const std::size_t counted = times / turn * turn;
  if (counted == 0) return std::nullopt;
  return (result_s.back() - result_s[result_s.size() - 1 - counted]) / static_cast<double>(counted);
}

std::optional<Interval95> mean_interval(std::span<const double> event_s, std::size_t turn) {
  constexpr std::size_t groups = 10;
  constexpr std::size_t fewest = 40;
  constexpr double student_t = 2.262;  // 97.5 %, 9 degrees of freedom
  if (event_s.size() < fewest) return std::nullopt;
  const std::size_t each = (event_s.size() - 1) / groups / turn * turn;
  if (each == 0) return std::nullopt;
  const std::size_t first = event_s.size() - 1 - groups * each;
  double sum = 0, squares = 0;
  for (std::size_t g = 0; g < groups; ++g) {
    const std::size_t from = first + g * each;
    const double mean = (event_s[from + each] - event_s[from]) / static_cast<double>(each);
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / groups;
  const double variance = std::max(0.0, (squares - groups * mean * mean) / (groups - 1));
  const double half = student_t * std::sqrt(variance / groups);
  return Interval95{mean, mean - half, mean + half};
}

}  // namespace cleave
