#include "cli/certificates.hpp"

#include "base/json_view.hpp"
#include "search/any_bounds/energy_bound.hpp"
#include "search/labels/count_bounds.hpp"
#include "search/period.hpp"
#include "search/twins.hpp"
#include "verify/certify.hpp"
#include "verify/label_bound.hpp"
#include "verify/runnable.hpp"
#include "verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave::cli {
namespace {

/// Of the frontier's points: those that prove the most about each of the periods.
std::vector<EnergyPrices> prices_of(const CostTable& cost, const Frontier& frontier) {
  std::vector<double> periods_s;
  for (const FrontierPoint& point : frontier.points) periods_s.push_back(point.score.period_s);
  std::vector<EnergyPrices> prices;
  const auto bounds = bound_energies(cost, periods_s);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    std::vector<double> price_w(bounds[i].evidence.price_w.begin(), bounds[i].evidence.price_w.end());
    // Points that share their prices are one after the other.
    if (!prices.empty() && prices.back().price_w == price_w) continue;
    prices.push_back({periods_s[i], std::move(price_w)});
  }
  return prices;
}

ClaimedQuality quality_of(const CostTable& cost, const FrontierPoint& point) {
  return {.period_s = point.score.period_s,
          .energy_j = point.score.energy_j,
          .bound = point.bound,
          .bounds_period = takes_no_joules(cost),
          .proven = point.proven,
          .any_bound = point.any_bound};
}

/// What the frontier says and the certificate does not prove.
std::vector<std::string> not_covered(const CostTable& cost, const Certificate& certificate, const Frontier& frontier) {
  std::vector<std::string> sentences;
  for (const FrontierPoint& point : frontier.points)
    for (const std::string& sentence : verify_quality(cost, certificate, point.plan, quality_of(cost, point)))
      sentences.push_back(fmt::format("the plan of period {:.9g} s: {}", point.score.period_s, sentence));
  return sentences;
}

Certificate proved(const CostTable& cost, const Frontier& frontier, const std::function<bool()>& give_up) {
  Findings findings{prices_of(cost, frontier), frontier.period_evidence, frontier.energy_evidence, {}};
  if (!frontier.exhaustive) return certify_bounds(cost, std::move(findings));
  findings.twins = twin_branches(cost);
  std::vector<Claim> claims;
  for (const FrontierPoint& point : frontier.points) claims.push_back({point.score.period_s, point.score.energy_j});
  std::reverse(claims.begin(), claims.end());
  return certify(cost, std::move(claims), std::move(findings), {.give_up = give_up});
}

/// Makes the evidence say what the verifier can prove of it, which works out on its own what the prices are worth.
std::vector<labels::PriceBound> reproved(const CostTable& cost, std::vector<LabelEvidence>& evidence) {
  if (evidence.empty()) return {};
  const std::vector<labels::Resource> resources = labels::resources_of(cost);
  std::vector<labels::PriceBound> bounds;
  verify::LabelDual dual(cost);
  for (LabelEvidence& one : evidence) {
    one.least_j = dual.least_j(one);
    bounds.push_back(labels::price_bound(cost, resources, one));
  }
  return bounds;
}

/// By point, in the figure that counts: what the verifier can prove about all plans, in J per inference or s.
std::vector<double> certifiable(const CostTable& table, Frontier& frontier) {
  if (takes_no_joules(table)) return std::vector<double>(frontier.points.size(), frontier.period_evidence.period_s);
  const CostTable cost = verify::only_runnable(table);  // as the verifier takes it
  const std::vector<labels::PriceBound> by_labels = reproved(cost, frontier.energy_evidence);
  std::vector<double> periods_s;
  for (const FrontierPoint& point : frontier.points) periods_s.push_back(point.score.period_s);
  std::vector<double> least_j;
  for (const EnergyBound& bound : bound_energies(cost, periods_s)) least_j.push_back(bound.energy_j);
  for (std::size_t i = 0; i < least_j.size(); ++i) {
    if (!by_labels.empty())
      least_j[i] = std::max(least_j[i], labels::proved_together(cost, by_labels, periods_s[i]).energy_j);
    least_j[i] /= static_cast<double>(cost.batch);
  }
  return least_j;
}

}  // namespace

std::size_t keep_to_certifiable(const CostTable& cost, Frontier& frontier) {
  constexpr double rounded = 1 - 1e-9;
  const std::vector<double> least = certifiable(cost, frontier);
  std::size_t unproven = 0;
  for (std::size_t i = 0; i < least.size(); ++i) {
    FrontierPoint& point = frontier.points[i];
    if (point.any_bound * rounded <= least[i]) continue;
    const double figure = takes_no_joules(cost) ? point.score.period_s : point.score.energy_j;
    point.any_bound = least[i];
    point.any_gap = (figure - least[i]) / figure;
    if (point.solver == "exact") continue;  // proven among contiguous plans
    unproven += point.proven;
    point.proven = false;
    point.bound = point.any_bound;
    point.gap = point.any_gap;
  }
  return unproven;
}

Certificate certificate_of(const CostTable& cost, const Frontier& frontier, const std::function<bool()>& give_up) {
  Certificate certificate = proved(cost, frontier, give_up);
  certificate.not_covered = not_covered(cost, certificate, frontier);
  return certificate;
}

CertificateFile::CertificateFile(const std::string& path)
    : path_(path), certificate_(parse_certificate(JsonView::read(path))) {}

std::vector<std::string> CertificateFile::complaints(const CostTable& cost, const FrontierPoint& point) {
  const auto [known, fresh] = verified_.try_emplace(problem_digest(cost));
  if (fresh) known->second = verify_certificate(cost, certificate_);
  std::vector<std::string> complaints;
  for (const std::string& wrong : known->second) complaints.push_back(fmt::format("{}: {}", path_, wrong));
  if (!complaints.empty()) return complaints;
  ClaimedQuality claimed = quality_of(cost, point);
  const Score score = evaluate(cost, point.plan);
  claimed.period_s = score.period_s;
  claimed.energy_j = score.energy_j;
  return verify_quality(cost, certificate_, point.plan, claimed);
}

}  // namespace cleave::cli
