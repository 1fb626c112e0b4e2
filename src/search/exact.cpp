// The whole frontier of one cluster: what known plans make hopeless is forgotten.
#include "search/exact.hpp"

#include "search/label_setting.hpp"

#include <algorithm>
#include <optional>

namespace cleave {
namespace {

Staircase<Incumbent> per_batch(const std::vector<Score>& scores, std::int64_t batch) {
  Staircase<Incumbent> incumbents;
  for (const Score& score : scores) incumbents.insert({score.period_s, score.energy_j * static_cast<double>(batch)});
  return incumbents;
}

/// A known plan is known at longer periods as well: with steps between plans that are far apart, as bounds are tight
/// where periods differ little.
std::vector<Incumbent> with_steps(const std::vector<Incumbent>& known, double max_load_s) {
  constexpr double step = 1.2;
  constexpr std::size_t most = 32;
  std::vector<Incumbent> all;
  for (std::size_t i = 0; i < known.size(); ++i) {
    all.push_back(known[i]);
    const double next_s = i + 1 < known.size() ? known[i + 1].period_s : max_load_s;
    const std::size_t end = all.size() + most;
    for (double at_s = known[i].period_s * step; at_s * step < next_s && at_s > 0 && all.size() < end; at_s *= step)
      all.push_back({at_s, known[i].energy_j});
  }
  return all;
}

/// Plans slower than this are dominated by an incumbent, whatever they save: energy is at least
/// the least dynamic energy plus one idle device over the period.
double largest_useful_period_s(const Bounds& bounds, const std::vector<Incumbent>& incumbents) {
  double largest = kCannot;
  for (const Incumbent& known : incumbents) {
    double from_s = known.period_s;
    if (bounds.energy_to_go_j(0) < known.energy_j)
      from_s = bounds.least_idle_w() > 0
                   ? std::max(from_s, (known.energy_j - bounds.dynamic_j()) / bounds.least_idle_w())
                   : kCannot;
    largest = std::min(largest, from_s);
  }
  return largest * (1 + 1e-9);
}

/// No plan of this period or a longer one is of use.
double hopeless_from_s(const Outlook& outlook, const std::vector<Incumbent>& steps) {
  std::vector<double> thresholds;
  outlook.thresholds(0, 0, 0, thresholds);
  const auto hopeless = std::find_if(thresholds.begin() + 1, thresholds.end(), [](double j) { return j <= 0; });
  return hopeless == thresholds.end() ? kCannot
                                      : steps[static_cast<std::size_t>(hopeless - thresholds.begin()) - 1].period_s;
}

/// The cuts of which some state could matter, so that no stage is priced that ends or begins elsewhere.
std::vector<bool> hopeful(std::vector<bool> cuts, const Counts& counts, const Bounds& bounds, const Outlook& outlook,
                          double max_load_s) {
  std::vector<double> thresholds;
  const auto matters = [&](std::uint32_t ideal, std::size_t code) {
    const double least_s = bounds.period_s(ideal, code);
    if (least_s > max_load_s) return false;
    const std::size_t known = outlook.faster(least_s);
    outlook.thresholds(ideal, code, known, thresholds);
    return thresholds[known] > 0;
  };
  for (std::uint32_t ideal = 0; ideal < cuts.size(); ++ideal) {
    bool any = false;
    for (std::size_t code = 0; cuts[ideal] && !any && code < counts.size(); ++code) any = matters(ideal, code);
    cuts[ideal] = any;
  }
  return cuts;
}

std::vector<Plan> plans(const Counts& counts, const Bounds& bounds, const LabelSetting& labels) {
  struct Final {
    double period_s;
    double energy_j;
    std::size_t code;
    std::size_t label;
  };
  Staircase<Final> best;
  for (std::size_t code = 0; code < counts.size(); ++code)  // none if no better plan can exist
    for (const std::span<const Label> finals = labels.finals(code); const Label& label : finals)
      best.insert({label.period_s, label.energy_j + label.period_s * bounds.idle_w(code), code,
                   static_cast<std::size_t>(&label - finals.data())});
  std::vector<Plan> found;
  for (const Final& final : best.items()) found.push_back(labels.plan_of(final.code, final.label));
  return found;
}

}  // namespace

ExactResult solve_exact(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts,
                        const std::vector<Score>& incumbents, const std::function<bool()>& give_up,
                        const std::function<void(double)>& on_progress, const std::vector<DevicePrices>& prices,
                        bool hand_on) {
  const Counts counts(cost);
  const Bounds bounds(cost, lattice, counts);
  const std::vector<Incumbent> known = per_batch(incumbents, cost.batch).items();
  double max_load_s = largest_useful_period_s(bounds, known);
  const std::vector<Incumbent> steps = with_steps(known, max_load_s);
  const bool brief = !known.empty() && !hand_on && StageOutlook::cheap(cost, lattice);
  Outlook outlook(cost, lattice, counts, bounds, steps, !brief);
  std::vector<bool> open = hopeful(cuts, counts, bounds, outlook, max_load_s);
  std::optional<StageOutlook> stages;
  if (!known.empty()) {
    stages.emplace(cost, lattice, counts, open, steps, max_load_s, prices, give_up, brief);
    outlook.add(*stages);
    max_load_s = std::min(max_load_s, hopeless_from_s(outlook, steps));
    open = hopeful(open, counts, bounds, outlook, max_load_s);
  }
  LabelSetting labels(cost, lattice, counts, bounds, outlook, open, max_load_s);
  if (!labels.run(give_up, on_progress)) return {{}, {}, false};
  return {plans(counts, bounds, labels), stages ? stages->prices() : prices, true};
}

}  // namespace cleave
