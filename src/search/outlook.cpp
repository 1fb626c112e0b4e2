#include "search/outlook.hpp"

#include "search/counted_outlook.hpp"
#include "search/parts_outlook.hpp"
#include "search/stage_outlook.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using Prices = IndexVector<ClassId, double>;

/// Prices are tuned at this many periods at most: each costs a number per ideal and per count code.
constexpr std::size_t kMaxPricings = 24;

/// What `op` costs in the mode in which it is cheapest under `price`; infinite where none runs it.
double cheapest_j(const CostTable& cost, OpId op, const Prices& price) {
  double best_j = kCannot;
  for (const ModeId mode : cost.modes.ids()) {
    const double seconds = cost.compute_s(op, mode);
    if (!std::isfinite(seconds)) continue;
    const ClassId device = cost.modes[mode].device_class;
    best_j = std::min(best_j, cost.compute_j(op, mode) + (cost.classes[device].idle_w + price[device]) * seconds);
  }
  return best_j;
}

double dual_at(const CostTable& cost, const Prices& price, double period_s) {
  double value = 0;
  for (const OpId op : cost.inputs.ids())
    if (const double priced = cheapest_j(cost, op, price); std::isfinite(priced)) value += priced;
  for (const ClassId device : cost.classes.ids()) value -= price[device] * period_s * cost.classes[device].count;
  return value;
}

/// Where every operator is cheapest with all prices but one fixed: elsewhere, or in a mode of the class in question.
class OnePrice {
 public:
  OnePrice(const CostTable& cost, const Prices& price, ClassId device, double period_s)
      : capacity_s_(period_s * cost.classes[device].count) {
    for (const OpId op : cost.inputs.ids()) {
      Choice choice{kCannot, own_.size(), 0};
      for (const ModeId mode : cost.modes.ids()) {
        const double seconds = cost.compute_s(op, mode);
        if (!std::isfinite(seconds)) continue;
        const ClassId its = cost.modes[mode].device_class;
        const double joules = cost.compute_j(op, mode) + cost.classes[its].idle_w * seconds;
        if (its == device)
          own_.push_back({joules, seconds});
        else
          choice.elsewhere_j = std::min(choice.elsewhere_j, joules + price[its] * seconds);
      }
      choice.end = own_.size();
      if (choice.first < choice.end) choices_.push_back(choice);
    }
  }

  /// The slope of the dual: load beyond capacity.
  [[nodiscard]] double slope_at(double price) const {
    double load_s = 0;
    for (const Choice& choice : choices_) {
      double best_j = choice.elsewhere_j;
      double taken_s = 0;
      for (std::size_t i = choice.first; i < choice.end; ++i)
        if (const double joules = own_[i].joules + price * own_[i].seconds; joules < best_j) {
          best_j = joules;
          taken_s = own_[i].seconds;
        }
      load_s += taken_s;
    }
    return load_s - capacity_s_;
  }

 private:
  struct Choice {
    double elsewhere_j;
    std::size_t first;  ///< in `own_`
    std::size_t end;
  };
  struct Own {
    double joules;
    double seconds;
  };
  double capacity_s_;
  std::vector<Choice> choices_;
  std::vector<Own> own_;
};

/// Maximises the dual over one price by bisection on its slope (it is concave in each price).
void raise_one(const CostTable& cost, Prices& price, ClassId device, double period_s, double unit_w) {
  const OnePrice dual(cost, price, device, period_s);
  double high = std::max(2 * price[device], unit_w);
  for (int i = 0; i < 24 && dual.slope_at(high) > 0; ++i) high *= 4;
  double low = 0;
  for (int i = 0; i < 18; ++i) (dual.slope_at((low + high) / 2) > 0 ? low : high) = (low + high) / 2;
  price[device] = low;
}

/// Coordinate ascent. It may stop short of the maximum, where the bound is only weaker.
Prices tune(const CostTable& cost, Prices price, double period_s, double unit_w) {
  double value = dual_at(cost, price, period_s);
  for (int round = 0; round < 12; ++round) {
    Prices next = price;
    for (const ClassId device : cost.classes.ids()) raise_one(cost, next, device, period_s, unit_w);
    const double reached = dual_at(cost, next, period_s);
    if (!(reached > value)) break;
    const bool settled = reached - value <= 1e-4 * std::abs(reached);
    price = next;
    value = reached;
    if (settled) break;
  }
  return price;
}

}  // namespace

Outlook::Outlook(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
                 std::vector<Incumbent> incumbents, bool tuned)
    : bounds_(bounds), incumbents_(std::move(incumbents)) {
  for (const Incumbent& known : incumbents_) {
    from_s_.push_back(known.period_s);
    better_j_.push_back(known.energy_j * kBetter);
  }
  if (!incumbents_.empty()) to_s_.assign(from_s_.begin() + 1, from_s_.end());
  to_s_.push_back(kCannot);
  const double unit_w =
      incumbents_.empty() ? 1 : std::max(1e-12, incumbents_.back().energy_j / incumbents_.back().period_s);
  const auto add = [&](const Prices& price) {
    IndexVector<OpId, double> priced(cost.operator_count());
    for (const OpId op : cost.inputs.ids()) priced[op] = cheapest_j(cost, op, price);
    Pricing pricing{sums_outside(lattice, priced), std::vector<double>(counts.size(), 0), 0, incumbents_.size()};
    for (std::size_t code = 0; code < counts.size(); ++code)
      for (const ClassId device : cost.classes.ids())
        pricing.capacity_w[code] += price[device] * counts.free(code, device);
    pricings_.push_back(std::move(pricing));
  };
  Prices price(cost.classes.size(), 0.0);
  add(price);
  if (incumbents_.size() < 2 || !tuned) return;
  // Slow to fast, each starting from the last prices.
  const std::size_t intervals = incumbents_.size() - 1;
  const std::size_t step = (intervals + kMaxPricings - 1) / kMaxPricings;
  std::vector<std::size_t> nearest(incumbents_.size(), 0);  // the pricing that was tuned nearest to an interval's end
  for (std::size_t interval = intervals; interval-- > 0;) {
    if (interval % step == 0) {
      price = tune(cost, price, incumbents_[interval + 1].period_s, unit_w);
      add(price);
    }
    nearest[interval] = pricings_.size() - 1;
  }
  assign_intervals(nearest);
}

/// Each pricing but the first, which is for all, to the intervals that it, or its neighbour, was tuned nearest to.
void Outlook::assign_intervals(const std::vector<std::size_t>& nearest) {
  for (std::size_t p = 1; p < pricings_.size(); ++p) {
    const auto close = [&](std::size_t tuned) { return tuned + 1 >= p && tuned <= p + 1; };
    const auto first = std::find_if(nearest.begin(), nearest.end(), close);
    const auto last = std::find_if(nearest.rbegin(), nearest.rend(), close);
    pricings_[p].first = static_cast<std::size_t>(first - nearest.begin());
    pricings_[p].end = static_cast<std::size_t>(last.base() - nearest.begin());
  }
}

std::size_t Outlook::faster(double period_s) const {
  return static_cast<std::size_t>(
      std::upper_bound(incumbents_.begin(), incumbents_.end(), period_s,
                       [](double p, const Incumbent& known) { return p < known.period_s; }) -
      incumbents_.begin());
}

/// A line over the periods of an interval is least at one of its ends; beyond the last incumbent it may fall for ever.
void Outlook::raise(const Pricing& pricing, std::uint32_t ideal, std::size_t code, std::size_t from,
                    std::vector<double>& least_j) const {
  const double slope_w = bounds_.idle_w(code) - pricing.capacity_w[code];
  const double rest_j = pricing.rest_j[ideal];
  const std::vector<double>& at_s = slope_w >= 0 ? from_s_ : to_s_;
  for (std::size_t i = std::max(from, pricing.first); i < pricing.end; ++i)
    least_j[i] = std::max(least_j[i], rest_j + at_s[i] * slope_w);
}

const std::vector<Transition>* Outlook::stages_to(std::uint32_t upper) const {
  if (counted_ != nullptr) return counted_->stages_to(upper);
  const StageOutlook* stages = parts_ != nullptr ? parts_->stages() : stages_;
  return stages != nullptr ? stages->stages_to(upper) : nullptr;
}

void Outlook::thresholds(std::uint32_t ideal, std::size_t code, std::size_t known, std::vector<double>& out) const {
  if (counted_ != nullptr) return counted_->thresholds(ideal, code, known, out);
  const std::size_t first = std::max<std::size_t>(known, 1) - 1;
  out.resize(incumbents_.size() + 1);
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(), 0);
  for (std::size_t p = parts_ != nullptr ? 0 : 1; p < pricings_.size(); ++p)
    raise(pricings_[p], ideal, code, first, out);
  if (parts_ != nullptr) return parts_->thresholds(ideal, code, first, out);
  lower_to_known(ideal, code, first, out);
  out[0] = kCannot;
}

/// From the bounds of the pricings but the first to thresholds, with the first and the bounds stage by stage at one go:
/// this takes a good part of a search.
void Outlook::lower_to_known(std::uint32_t ideal, std::size_t code, std::size_t first, std::vector<double>& out) const {
  const double idle_w = bounds_.idle_w(code);
  const Pricing& all = pricings_.front();
  const double rest_j = all.rest_j[ideal];
  const double slope_w = idle_w - all.capacity_w[code];
  const std::vector<double>& at_s = slope_w >= 0 ? from_s_ : to_s_;
  double highest = 0;
  for (std::size_t end = incumbents_.size(); end > first;) {
    const double stages_j = stages_ != nullptr ? stages_->least_j(end - 1, ideal, code) : -kCannot;
    const std::size_t begin = stages_ != nullptr ? std::max(first, stages_->first_like(end - 1)) : first;
    for (; end > begin; --end) {
      const double least_j =
          std::max({out[end - 1], rest_j + at_s[end - 1] * slope_w, stages_j + from_s_[end - 1] * idle_w});
      highest = std::max(highest, better_j_[end - 1] - least_j);
      out[end] = highest;
    }
  }
}

}  // namespace cleave
