// The whole frontier of one cluster: what known plans make hopeless is forgotten.
#include "search/exact.hpp"

#include "search/counted_outlook.hpp"
#include "search/label_setting.hpp"
#include "search/prospects.hpp"
#include "search/staircase.hpp"

#include <algorithm>
#include <optional>

namespace cleave {
namespace {

Staircase<Incumbent> per_batch(const std::vector<Score>& scores, std::int64_t batch) {
  Staircase<Incumbent> incumbents;
  for (const Score& score : scores) incumbents.insert({score.period_s, score.energy_j * static_cast<double>(batch)});
  return incumbents;
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
    for (const std::vector<Figures> finals = labels.finals(code); const Figures& one : finals)
      best.insert({one.period_s, one.energy_j + one.period_s * bounds.idle_w(code), code,
                   static_cast<std::size_t>(&one - finals.data())});
  std::vector<Plan> found;
  for (const Final& final : best.items()) found.push_back(labels.plan_of(final.code, final.label));
  return found;
}

struct Searched {
  const CostTable& cost;
  const Lattice& lattice;
  const Counts& counts;
  const Bounds& bounds;
};

/// Whatever devices a plan is on, what is known of all judges it.
ExactResult solve_counted(const Searched& searched, const std::vector<bool>& cuts, const std::vector<Incumbent>& known,
                          const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
  const auto& [cost, lattice, counts, bounds] = searched;
  const std::vector<std::vector<Incumbent>> of_all(counts.size(), known);
  const CountedOutlook counted(cost, lattice, counts, bounds, cuts, of_all, give_up);
  Outlook outlook(cost, lattice, counts, bounds, counted.intervals(), false);
  outlook.judge_by(counted);
  LabelSetting labels(cost, lattice, counts, bounds, outlook, counted.open(), counted.max_load_s());
  if (!labels.run(give_up, on_progress)) return {{}, {}, false};
  return {plans(counts, bounds, labels), {}, true};
}

}  // namespace

ExactResult solve_exact(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts,
                        const std::vector<Score>& incumbents, const std::function<bool()>& give_up,
                        const std::function<void(double)>& on_progress, const std::vector<DevicePrices>& prices,
                        bool hand_on, double least_s) {
  const Counts counts(cost);
  const Bounds bounds(cost, lattice, counts, least_s);
  const std::vector<Incumbent> known = per_batch(incumbents, cost.batch).items();
  const bool few = !known.empty() && !hand_on && StageOutlook::cheap(cost, lattice);
  if (few && CountedOutlook::applies(lattice, counts))
    return solve_counted({cost, lattice, counts, bounds}, cuts, known, give_up, on_progress);
  double max_load_s = largest_useful_period_s(bounds, known);
  const std::vector<Incumbent> steps = with_steps(known, max_load_s);
  Outlook outlook(cost, lattice, counts, bounds, steps, !few);
  std::vector<bool> open = hopeful(cuts, counts, bounds, outlook, max_load_s, give_up);
  std::optional<StageOutlook> stages;
  if (!known.empty()) {
    stages.emplace(cost, lattice, counts, open, steps, max_load_s, prices, give_up, few);
    outlook.add(*stages);
    max_load_s = std::min(max_load_s, hopeless_from_s(outlook, steps));
    open = hopeful(open, counts, bounds, outlook, max_load_s, give_up);
  }
  LabelSetting labels(cost, lattice, counts, bounds, outlook, open, max_load_s);
  if (!labels.run(give_up, on_progress)) return {{}, {}, false};
  return {plans(counts, bounds, labels), stages ? stages->prices() : prices, true};
}

}  // namespace cleave
