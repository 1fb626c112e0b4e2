#include "cli/certificates.hpp"

#include "base/json_view.hpp"
#include "search/any_bounds/energy_bound.hpp"
#include "search/period.hpp"
#include "verify/certify.hpp"
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

}  // namespace

Certificate certificate_of(const CostTable& cost, const Frontier& frontier, const std::function<bool()>& give_up) {
  if (!frontier.exhaustive) return certify_bounds(cost, prices_of(cost, frontier));
  std::vector<Claim> claims;
  for (const FrontierPoint& point : frontier.points) claims.push_back({point.score.period_s, point.score.energy_j});
  std::reverse(claims.begin(), claims.end());
  return certify(cost, std::move(claims), prices_of(cost, frontier), {.give_up = give_up});
}

CertificateFile::CertificateFile(const std::string& path)
    : path_(path), certificate_(parse_certificate(JsonView::read(path))) {}

std::vector<std::string> CertificateFile::complaints(const CostTable& cost, const FrontierPoint& point) {
  const auto [known, fresh] = verified_.try_emplace(problem_digest(cost));
  if (fresh) known->second = verify_certificate(cost, certificate_);
  std::vector<std::string> complaints;
  for (const std::string& wrong : known->second) complaints.push_back(fmt::format("{}: {}", path_, wrong));
  if (!complaints.empty()) return complaints;
  return verify_quality(cost, certificate_, point.plan,
                        {.period_s = point.score.period_s,
                         .energy_j = point.score.energy_j,
                         .bound = point.bound,
                         .bounds_period = takes_no_joules(cost),
                         .proven = point.proven});
}

}  // namespace cleave::cli
