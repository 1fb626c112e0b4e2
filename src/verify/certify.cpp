// Forward label setting over (ideal, devices used), ideals by size, keeping the partial plans that no claim
// covers and no other dominates. Labels are rounded down to 13 digits before they are extended, so that the
// file is short and the verifier finds each extension at or above what is listed.
#include "verify/certify.hpp"

#include "verify/labels.hpp"
#include "verify/runnable.hpp"
#include "verify/shared_ways.hpp"
#include "verify/stage_walk.hpp"
#include "verify/to_go.hpp"
#include "verify/tolerance.hpp"
#include "verify/twins.hpp"

#include <cleave/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

namespace cleave {
namespace {

using namespace verify;

double rounded_down(double number) {
  std::array<char, 32> text;  // enough for any number in 13 digits
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), number * (1 - 1e-12), std::chars_format::scientific, 12);
  double rounded = 0;
  std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

PartialPlan rounded_down(PartialPlan plan) {
  plan.period_s = rounded_down(plan.period_s);
  plan.energy_j = rounded_down(plan.energy_j);
  for (double& taken_s : plan.taken_s) taken_s = rounded_down(taken_s);
  return plan;
}

/// Prices of the classes by multiplicative updates: a class that the cheapest assignment overloads gets dearer.
std::vector<double> period_prices(const CostTable& cost) {
  std::vector<double> price(cost.classes.size(), 1);
  std::vector<double> best = price;
  double best_s = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<double> load(price.size(), 0);
    double work = 0;
    for (const OpId op : cost.inputs.ids()) {
      double least = kCannot;
      ModeId chosen;
      for (const ModeId mode : cost.modes.ids())
        if (const double priced = price[cost.modes[mode].device_class.at()] * cost.compute_s(op, mode);
            priced < least) {
          least = priced;
          chosen = mode;
        }
      if (!chosen.valid()) continue;
      work += least;
      load[cost.modes[chosen].device_class.at()] += cost.compute_s(op, chosen);
    }
    double capacity = 0;
    double largest = 0;
    for (const ClassId device : cost.classes.ids()) {
      capacity += price[device.at()] * cost.classes[device].count;
      load[device.at()] /= cost.classes[device].count;
      largest = std::max(largest, load[device.at()]);
    }
    if (largest <= 0) break;
    if (work / capacity > best_s) {
      best_s = work / capacity;
      best = price;
    }
    for (std::size_t c = 0; c < price.size(); ++c)
      price[c] *= std::exp(2.0 / (1 + 0.2 * round) * (load[c] / largest - 0.5));
  }
  return best;
}

/// What the prices prove of the period of all plans.
double balance_s(const CostTable& cost, const std::vector<double>& price) {
  Certificate certificate;
  certificate.period_prices = price;
  const DeviceCounts counts(cost);
  return ToGo(cost, certificate, counts, 0).any_plan_s();
}

class Writer {
 public:
  Writer(const CostTable& cost, Certificate& certificate, const CertifyOptions& options)
      : certificate_(certificate),
        options_(options),
        counts_(cost),
        ideals_(cost, certificate.twins, options.max_ideals),
        borders_(cost, ideals_),
        walk_(cost, ideals_, borders_),
        // half the verifier's, which may then round otherwise
        to_go_(cost, certificate, counts_, claim_slack(cost) / 2),
        ways_(shared_ways(cost)) {}

  /// True when the list is closed.
  bool run() {
    levels_[0].push_back(0);
    insert(0, {}, 0, {0, 0, std::vector<double>(ways_, 0)});
    while (!levels_.empty()) {
      const auto level = levels_.extract(levels_.begin());
      for (const std::uint32_t ideal : level.mapped())
        if (!extend(ideal)) return false;
    }
    return true;
  }

 private:
  bool extend(std::uint32_t ideal) {
    if (options_.give_up && options_.give_up()) return false;
    auto states = open_.extract(ideal);
    for (auto& [makers, labels] : states.mapped())
      if (!extend(ideal, makers, labels)) return false;
    return true;
  }

  bool extend(std::uint32_t ideal, const Makers& makers, Labels& labels) {
    labels.drop_dominated(counts_);
    written_ += labels.size();
    if (written_ > options_.max_labels) return false;
    for (const auto& [code, list] : labels.states())
      certificate_.states.push_back({ideals_.maximal(ideal), makers, counts_.used(code), list});
    stages_.clear();
    walk_.collect(ideal, makers, to_go_.useful_s(), stages_);
    for (const NextStage& stage : stages_) {
      const Makers after = borders_.after(ideal, makers, stage.above, stage.device);
      for (const auto& [code, list] : labels.states()) {
        if (counts_.free(code, stage.device) < stage.replicas) continue;
        const std::uint64_t next = counts_.with(code, stage.device, stage.replicas);
        if (!push(after, next, list, stage)) return false;
      }
    }
    return true;
  }

  /// False when a plan comes out that no claim covers.
  bool push(const Makers& makers, std::uint64_t code, const std::vector<PartialPlan>& list, const NextStage& stage) {
    const Outlook& outlook = to_go_.outlook(ideals_, stage.above, code);
    for (auto label = first_to_extend(list, stage.load_s); label != list.end(); ++label) {
      const PartialPlan longer = rounded_down(extended(*label, stage, outlook.least_s));
      if (to_go_.covered(outlook, longer.period_s, longer.energy_j)) continue;
      if (outlook.full) return false;
      insert(stage.above, makers, code, longer);
    }
    return true;
  }

  void insert(std::uint32_t ideal, const Makers& makers, std::uint64_t code, const PartialPlan& label) {
    const auto [place, fresh] = open_.try_emplace(ideal);
    if (fresh && ideal != 0) levels_[ideals_.operators_in(ideal)].push_back(ideal);
    place->second[makers].insert(code, label);
  }

  Certificate& certificate_;
  const CertifyOptions& options_;
  DeviceCounts counts_;
  Ideals ideals_;
  Borders borders_;
  StageWalk walk_;
  ToGo to_go_;
  std::size_t ways_;                                          ///< of shared links
  std::map<std::size_t, std::vector<std::uint32_t>> levels_;  ///< ideals still to extend, by size
  std::unordered_map<std::uint32_t, std::map<Makers, Labels>> open_;
  std::vector<NextStage> stages_;
  std::size_t written_ = 0;
};

}  // namespace

Certificate certify_bounds(const CostTable& table, Findings findings) {
  const CostTable cost = verify::only_runnable(table);
  Certificate certificate;
  certificate.problem = problem_digest(table);
  certificate.period_prices = period_prices(cost);
  if (findings.period.kind == PeriodEvidence::Kind::balance) {
    std::vector<double> price(findings.period.price.begin(), findings.period.price.end());
    if (balance_s(cost, price) > balance_s(cost, certificate.period_prices)) certificate.period_prices = price;
  }
  if (findings.period.kind == PeriodEvidence::Kind::configuration)
    certificate.period_bound = std::move(findings.period);
  certificate.energy_prices = std::move(findings.energy_prices);
  certificate.label_bounds = std::move(findings.labels);
  return certificate;
}

Certificate certify(const CostTable& table, std::vector<Claim> claims, Findings findings,
                    const CertifyOptions& options) {
  const CostTable cost = verify::only_runnable(table);
  std::vector<TwinBranches> twins = std::move(findings.twins);
  if (!flaw_of(cost, twins).empty()) twins.clear();
  Certificate certificate = certify_bounds(table, std::move(findings));
  certificate.claims = std::move(claims);
  certificate.twins = std::move(twins);
  try {
    certificate.contiguous = Writer(cost, certificate, options).run();
  } catch (const VerificationError&) {
    certificate.contiguous = false;  // beyond the limits of what the verifier takes
  }
  if (!certificate.contiguous) {
    certificate.claims.clear();
    certificate.twins.clear();
    certificate.states.clear();
  }
  return certificate;
}

}  // namespace cleave
