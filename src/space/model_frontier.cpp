#include "space/model_frontier.hpp"

#include "search/weights.hpp"

namespace cleave {

namespace {

constexpr double kSame = 1 + 1e-12;  ///< rounding does not make a better plan

}  // namespace

void ModelFrontier::add(const DesignFigures& figures, std::size_t point, const FrontierPoint& plan) {
  extent_.cover(figures);
  const double latency_s = objectives_.latency_s(figures.latency_s);
  if (best_.dominates(figures.period_s * kSame, figures.energy_j * kSame, latency_s * kSame)) return;
  best_.insert({figures.period_s, figures.energy_j, latency_s, point, plan});
}

double ModelFrontier::hypervolume() const {
  std::vector<DesignFigures> frontier;
  for (const Item& item : best_.items()) frontier.push_back({item.period_s, item.energy_j, item.latency_s});
  return cleave::hypervolume(frontier, extent_, objectives_);
}

std::vector<FrontierPoint> ModelFrontier::weighed(const std::vector<Item>& items) {
  std::vector<FrontierPoint> plans;
  std::vector<double> period_s;
  for (const Item& item : items) {
    period_s.push_back(item.plan.score.period_s);
    plans.push_back(item.plan);
    plans.back().score.period_s = item.period_s;
  }
  assign_weights(plans);
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i].score.period_s = period_s[i];
  return plans;
}

}  // namespace cleave
