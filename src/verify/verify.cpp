// A certificate holds when its list of partial plans is closed: the empty one is in it, and every extension of
// a listed one by any feasible stage is dominated by a listed one or covered by a claim. By induction over
// its stages, every contiguous plan is then covered by a claim; where branches have twins, every plan that keeps to
// their orders, and with it those that differ from one in nothing else.
#include "verify/verify.hpp"

#include "verify/label_bound.hpp"
#include "verify/labels.hpp"
#include "verify/period_proof.hpp"
#include "verify/runnable.hpp"
#include "verify/shared_ways.hpp"
#include "verify/stage_walk.hpp"
#include "verify/to_go.hpp"
#include "verify/tolerance.hpp"
#include "verify/twins.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

namespace cleave {
namespace {

using namespace verify;
using Complaints = std::vector<std::string>;

/// Room for rounding: of listed labels for each stage, and of bounds by labels.
constexpr double kLabelSlack = 1 + 1e-12;
constexpr double kBoundSlack = 1e-9;

/// Shape: what everything else relies on.
Complaints misshapen(const CostTable& cost, const Certificate& certificate) {
  const std::size_t classes = cost.classes.size();
  const std::size_t ways = shared_ways(cost);
  if (certificate.period_prices.size() != classes) return {"the period prices are not one for each device class"};
  for (const EnergyPrices& prices : certificate.energy_prices)
    if (prices.price_w.size() != classes) return {"the energy prices are not one for each device class"};
  for (const LabelEvidence& bound : certificate.label_bounds) {
    if (bound.price_w.size() != part_count(cost)) return {"the prices of a bound by labels are not one for each part"};
    if (bound.without.size() != classes) return {"a bound by labels leaves out classes that are not there"};
  }
  for (const ListedState& state : certificate.states) {
    if (state.used.size() != classes) return {"a state does not count the devices of each class"};
    for (const ClassId device : cost.classes.ids())
      if (state.used[device.at()] > cost.classes[device].count) return {"a state uses more devices than there are"};
    for (const PartialPlan& plan : state.labels)
      if (plan.taken_s.size() != ways) return {"a partial plan does not say what it takes of each shared link"};
    for (const std::uint16_t maker : state.makers)
      if (maker >= classes) return {"a state names a class that is not there"};
    for (const OpId op : state.maximal)
      if (op.at() >= cost.operator_count())
        return {fmt::format("a state names operator {} of {}", op.at(), cost.operator_count())};
  }
  return {};
}

/// The bounds by labels, proved anew.
Complaints overstated(const CostTable& cost, const std::vector<LabelEvidence>& bounds) {
  if (bounds.empty()) return {};
  if (!labels_bound(cost)) return {"bounds by labels are not supported for this cluster"};
  LabelDual dual(cost);
  for (const LabelEvidence& bound : bounds)
    if (const double proved_j = dual.least_j(bound); proved_j < bound.least_j - kBoundSlack * std::abs(bound.least_j))
      return {
          fmt::format("a bound by labels says that labels cost {:.12g} J at its prices, only {:.12g} J can be proved",
                      bound.least_j, proved_j)};
  return {};
}

class Closure {
 public:
  Closure(const CostTable& cost, const Certificate& certificate, std::size_t max_ideals)
      : counts_(cost),
        ideals_(cost, certificate.twins, max_ideals),
        borders_(cost, ideals_),
        walk_(cost, ideals_, borders_),
        to_go_(cost, certificate, counts_, claim_slack(cost)),
        nothing_{0, 0, std::vector<double>(shared_ways(cost), 0)} {
    for (const ListedState& state : certificate.states) {
      const std::uint32_t ideal = ideals_.closure(state.maximal);
      if (state.makers.size() != borders_.tensors(ideal).size())
        throw VerificationError("a state does not say who made each tensor on its border");
      Labels& labels = listed_[ideal][state.makers];
      for (const PartialPlan& plan : state.labels) labels.insert(counts_.code(state.used), plan);
    }
  }

  Complaints run() {
    const auto empty = listed_.find(0);
    if (empty == listed_.end() || !empty->second.at({}).dominate(counts_, 0, nothing_, 1))
      return {"the empty plan is not listed"};
    std::vector<std::uint32_t> order;
    for (const auto& [ideal, labels] : listed_) order.push_back(ideal);
    std::sort(order.begin(), order.end());
    for (const std::uint32_t ideal : order)
      for (const auto& [makers, labels] : listed_.at(ideal))
        if (!extensions_are_listed(ideal, makers, labels)) return {complaint_};
    return {};
  }

 private:
  bool extensions_are_listed(std::uint32_t ideal, const Makers& makers, const Labels& labels) {
    stages_.clear();
    walk_.collect(ideal, makers, to_go_.useful_s(), stages_);
    for (const NextStage& stage : stages_) {
      const Labels* known = find(stage.above, borders_.after(ideal, makers, stage.above, stage.device));
      for (const auto& [code, list] : labels.states())
        if (counts_.free(code, stage.device) >= stage.replicas && !is_listed(code, list, stage, known)) return false;
    }
    return true;
  }

  [[nodiscard]] const Labels* find(std::uint32_t ideal, const Makers& makers) const {
    const auto above = listed_.find(ideal);
    if (above == listed_.end()) return nullptr;
    const auto labels = above->second.find(makers);
    return labels == above->second.end() ? nullptr : &labels->second;
  }

  bool is_listed(std::uint64_t code, const std::vector<PartialPlan>& list, const NextStage& stage,
                 const Labels* known) {
    const std::uint64_t next = counts_.with(code, stage.device, stage.replicas);
    const Outlook& outlook = to_go_.outlook(ideals_, stage.above, next);
    for (auto label = first_to_extend(list, stage.load_s); label != list.end(); ++label) {
      const PartialPlan longer = extended(*label, stage, outlook.least_s);
      if (to_go_.covered(outlook, longer.period_s, longer.energy_j)) continue;
      if (!outlook.full && known && known->dominate(counts_, next, longer, kLabelSlack)) continue;
      complaint_ = fmt::format(
          "a partial plan of {} operators (largest load {:.9g} s, {:.9g} J so far) is neither listed nor covered by a "
          "claim",
          ideals_.operators_in(stage.above), longer.period_s, longer.energy_j);
      if (outlook.full)
        complaint_ = fmt::format("there may be a plan of period {:.9g} s that no claim covers", longer.period_s);
      return false;
    }
    return true;
  }

  DeviceCounts counts_;
  Ideals ideals_;
  Borders borders_;
  StageWalk walk_;
  ToGo to_go_;
  PartialPlan nothing_;  ///< the empty plan
  std::unordered_map<std::uint32_t, std::map<Makers, Labels>> listed_;
  std::vector<NextStage> stages_;
  std::string complaint_;
};

}  // namespace

Complaints verify_certificate(const CostTable& table, const Certificate& certificate, std::size_t max_ideals) {
  if (certificate.problem != problem_digest(table))
    return {fmt::format("it is about other costs (digest {}) than the plan's (digest {})", certificate.problem,
                        problem_digest(table))};
  const CostTable cost = verify::only_runnable(table);
  if (auto complaints = misshapen(cost, certificate); !complaints.empty()) return complaints;
  try {
    if (certificate.period_bound.kind == PeriodEvidence::Kind::configuration)
      if (std::string flaw = flaw_of(cost, certificate.period_bound); !flaw.empty()) return {std::move(flaw)};
    if (Complaints complaints = overstated(cost, certificate.label_bounds); !complaints.empty()) return complaints;
    if (!certificate.contiguous) return {};
    if (std::string flaw = flaw_of(cost, certificate.twins); !flaw.empty()) return {std::move(flaw)};
    return Closure(cost, certificate, max_ideals).run();
  } catch (const VerificationError& error) {
    return {error.what()};
  }
}

}  // namespace cleave
