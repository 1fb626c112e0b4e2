#include "search/progress_gauge.hpp"

#include "search/any_bounds/energy_bound.hpp"
#include "search/bounds.hpp"
#include "search/period.hpp"
#include "search/price_envelope.hpp"

#include <algorithm>
#include <chrono>

namespace cleave {

void ProgressGauge::report(const char* phase, double fraction, double elapsed_s) {
  if (!on_progress_) return;
  const std::scoped_lock lock(mutex_);
  latest_.phase = phase;
  latest_.fraction = fraction;
  latest_.elapsed_s = elapsed_s;
  if (elapsed_s >= next_s_) {
    const auto start = std::chrono::steady_clock::now();
    measure();
    const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    next_s_ = elapsed_s + std::max(1.0, 50 * took_s);
  }
  on_progress_(latest_);
}

void ProgressGauge::measure() {
  const std::vector<PlanFigures> known = pool_.figures();
  latest_.points = known.size();
  if (known.empty()) return;
  // The bound depends on where the plans are: it is worth computing again when the search has gone on for as long.
  if (tuned_s_ < 0 || latest_.elapsed_s > 2 * tuned_s_) tune(known);
  latest_.gap = 0;
  for (const PlanFigures& plan : known) latest_.gap = std::max(latest_.gap, gap_of(plan));
}

void ProgressGauge::tune(const std::vector<PlanFigures>& known) {
  tuned_s_ = latest_.elapsed_s;
  if (takes_no_joules(problem_.cost)) {
    least_s_ = balance_s(problem_.cost, tune_prices(problem_.cost));
    return;
  }
  std::vector<double> periods_s;
  constexpr std::size_t most = 6;
  for (std::size_t i = 0; i < std::min(most, known.size()); ++i)
    periods_s.push_back(
        known[i * (known.size() - 1) / std::max<std::size_t>(1, std::min(most, known.size()) - 1)].period_s);
  lines_.clear();
  for (IndexVector<ClassId, double>& price_w : tuned_load_prices_w(problem_.cost, periods_s)) {
    Line line{.at_s = known.front().period_s};
    for (const ClassId device : problem_.cost.classes.ids())
      line.slope_w += problem_.cost.classes[device].count * price_w[device];
    line.energy_j = proved_j(problem_.cost, {std::move(price_w)}, line.at_s);
    if (line.energy_j > 0) lines_.push_back(line);
  }
}

double ProgressGauge::gap_of(const PlanFigures& plan) const {
  if (least_s_ >= 0) return plan.period_s > 0 ? std::max(0.0, 1 - least_s_ / plan.period_s) : 0;
  double least_j = 0;
  for (const Line& line : lines_)
    least_j = std::max(least_j, line.energy_j - (plan.period_s - line.at_s) * line.slope_w);
  const double energy_j = plan.energy_j * static_cast<double>(problem_.cost.batch);
  return energy_j > 0 ? std::max(0.0, 1 - least_j / energy_j) : 0;
}

}  // namespace cleave
