#include "verify/to_go.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::verify {
namespace {

/// Far more than n roundings of a sum of n terms amount to.
constexpr double kDown = 1 - 1e-12;

/// Over the modes that can run `op`: the least of `value(mode, seconds)`.
template <class Value>
double least(const CostTable& cost, OpId op, Value value) {
  double found = kCannot;
  for (const ModeId mode : cost.modes.ids())
    if (const double seconds = cost.compute_s(op, mode); std::isfinite(seconds))
      found = std::min(found, value(mode, seconds));
  return found;
}

}  // namespace

ToGo::ToGo(const CostTable& cost, const Certificate& certificate, const DeviceCounts& counts, double slack)
    : cost_(cost), counts_(counts), period_prices_(certificate.period_prices), least_work_(cost.operator_count()) {
  const double batch = static_cast<double>(cost.batch);
  for (const Claim& claim : certificate.claims)
    claims_.push_back({claim.period_s * (1 - slack), claim.energy_j * batch * (1 - slack)});
  add_pricing(0, std::vector<double>(cost.classes.size(), 0));
  for (const EnergyPrices& prices : certificate.energy_prices) add_pricing(prices.period_s, prices.price_w);
  std::stable_sort(pricings_.begin() + 1, pricings_.end(),
                   [](const Pricing& a, const Pricing& b) { return a.period_s < b.period_s; });
  // By the period that is claimed: who takes another slack must find the same pricing among those of close claims.
  for (const Claim& claim : certificate.claims)
    near_.push_back(static_cast<std::size_t>(
        std::lower_bound(pricings_.begin() + 1, pricings_.end(), claim.period_s,
                         [](const Pricing& one, double period_s) { return one.period_s < period_s; }) -
        pricings_.begin()));
  for (const OpId op : cost.inputs.ids())
    least_work_[op] = least(cost, op, [&](ModeId mode, double seconds) {
      return period_prices_[cost.modes[mode].device_class.at()] * seconds;
    });
  useful_s_ = find_useful_s();
}

void ToGo::add_pricing(double period_s, std::vector<double> price_w) {
  Pricing pricing{period_s, std::move(price_w), IndexVector<OpId, double>(cost_.operator_count()), 0};
  for (const OpId op : cost_.inputs.ids()) {
    pricing.least_j[op] = least(cost_, op, [&](ModeId mode, double seconds) {
      const ClassId device = cost_.modes[mode].device_class;
      return cost_.compute_j(op, mode) + (cost_.classes[device].idle_w + pricing.price_w[device.at()]) * seconds;
    });
    pricing.total_j += pricing.least_j[op];
  }
  pricing.total_j *= kDown;
  pricings_.push_back(std::move(pricing));
}

/// A plan of period P takes at least the energy without prices, and at least its dynamic energy and one idle device.
double ToGo::find_useful_s() const {
  double dynamic_j = 0;
  double idle_w = kCannot;
  for (const OpId op : cost_.inputs.ids())
    dynamic_j += kDown * least(cost_, op, [&](ModeId mode, double) { return cost_.compute_j(op, mode); });
  for (const ClassCost& device : cost_.classes) idle_w = std::min(idle_w, device.idle_w);
  double useful_s = kCannot;
  for (const Claim& claim : claims_) {
    double from_s = claim.period_s;
    if (pricings_.front().total_j < claim.energy_j)
      from_s = idle_w > 0 ? std::max(from_s, (claim.energy_j - dynamic_j) / idle_w) : kCannot;
    useful_s = std::min(useful_s, from_s);
  }
  return useful_s;
}

const std::vector<double>& ToGo::rest(const Ideals& ideals, std::uint32_t ideal) {
  if (rest_.size() <= ideal) rest_.resize(ideals.size());
  std::vector<double>& sums = rest_[ideal];
  if (!sums.empty()) return sums;
  sums.assign(pricings_.size() + 1, 0);
  for (const OpId op : cost_.inputs.ids()) {
    if (ideals.contains(ideal, op)) continue;
    sums[0] += least_work_[op];
    for (std::size_t i = 0; i < pricings_.size(); ++i) sums[i + 1] += pricings_[i].least_j[op];
  }
  for (double& sum : sums) sum *= kDown;
  return sums;
}

double ToGo::least_j(std::size_t claim, double rest_j, double capacity_w, double idle_w) const {
  const double slope_w = idle_w - capacity_w;
  const bool last = claim + 1 == claims_.size();
  if (last && slope_w < 0) return -kCannot;
  const double at_s = slope_w >= 0 ? claims_[claim].period_s : claims_[claim + 1].period_s;
  return rest_j + at_s * slope_w - 1e-12 * at_s * (idle_w + capacity_w);
}

const Outlook& ToGo::outlook(const Ideals& ideals, std::uint32_t ideal, std::uint64_t code) {
  constexpr std::size_t most_kept = 16'000'000;
  if (kept_ > most_kept) {
    outlooks_.clear();
    kept_ = 0;
  }
  const auto [place, fresh] = outlooks_[ideal].try_emplace(code);
  if (fresh) {
    place->second = prepared(ideals, ideal, code);
    kept_ += claims_.size() + 16;
  }
  return place->second;
}

Outlook ToGo::prepared(const Ideals& ideals, std::uint32_t ideal, std::uint64_t code) {
  Outlook state{.full = ideals.full(ideal), .covered_from_j = std::vector<double>(claims_.size() + 1, kCannot)};
  const std::vector<double>& rest_of = rest(ideals, ideal);
  double capacity = 0;
  for (const ClassId device : cost_.classes.ids()) {
    capacity += period_prices_[device.at()] * counts_.free(code, device.at());
    state.idle_w += cost_.classes[device].idle_w * counts_.used(code, device.at());
  }
  if (rest_of[0] > 0) state.least_s = kDown * (capacity > 0 ? rest_of[0] / capacity : kCannot);
  if (state.full) return state;
  const auto capacity_w = [&](const Pricing& pricing) {
    double sum = 0;
    for (std::size_t device = 0; device < pricing.price_w.size(); ++device)
      sum += pricing.price_w[device] * counts_.free(code, device);
    return sum;
  };
  std::vector<double> capacities;
  for (const Pricing& pricing : pricings_) capacities.push_back(capacity_w(pricing));
  double highest_j = -kCannot;
  for (std::size_t claim = claims_.size(); claim-- > 0;) {
    double further_j = least_j(claim, rest_of[1], 0, state.idle_w);
    const std::size_t near = near_[claim];
    for (std::size_t i = std::max<std::size_t>(near, 2) - 1; i < std::min(near + 2, pricings_.size()); ++i)
      further_j = std::max(further_j, least_j(claim, rest_of[i + 1], capacities[i], state.idle_w));
    highest_j = std::max(highest_j, claims_[claim].energy_j - further_j);
    state.covered_from_j[claim + 1] = highest_j;
  }
  return state;
}

std::size_t ToGo::as_fast(double period_s) const {
  return static_cast<std::size_t>(std::upper_bound(claims_.begin(), claims_.end(), period_s,
                                                   [](double p, const Claim& claim) { return p < claim.period_s; }) -
                                  claims_.begin());
}

bool ToGo::covered(const Outlook& outlook, double period_s, double energy_j) const {
  const std::size_t faster = as_fast(std::max(period_s, outlook.least_s));
  if (outlook.full) return faster > 0 && claims_[faster - 1].energy_j <= energy_j + period_s * outlook.idle_w;
  return outlook.least_s == kCannot || energy_j >= outlook.covered_from_j[faster];
}

double ToGo::any_plan_j(double period_s) const {
  double best_j = 0;
  for (const Pricing& pricing : pricings_) {
    double capacity_w = 0;
    for (const ClassId device : cost_.classes.ids())
      capacity_w += pricing.price_w[device.at()] * cost_.classes[device].count;
    best_j = std::max(best_j, pricing.total_j - period_s * capacity_w * (1 + 1e-12));
  }
  return best_j;
}

double ToGo::any_plan_s() const {
  double work = 0;
  double capacity = 0;
  for (const double one : least_work_) work += one;
  for (const ClassId device : cost_.classes.ids())
    capacity += period_prices_[device.at()] * cost_.classes[device].count;
  return capacity > 0 ? kDown * work / capacity : 0;
}

}  // namespace cleave::verify
