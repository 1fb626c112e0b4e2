#pragma once
/// What the intervals of the devices' numbers do to a frontier.

#include "report/plan_file.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cleave {

/// The 5 % and 95 % quantiles over the samples in which the plan can run.
struct Spread {
  double low = 0;
  double high = 0;
};

struct PointUncertainty {
  std::size_t samples = 0;  ///< that were drawn
  double runs = 0;          ///< share of the samples in which the plan fits its devices
  double on_frontier = 0;   ///< share in which it fits and no other plan of the frontier beats it
  Spread period_s = {};
  Spread energy_j = {};
};

struct UncertaintyOptions {
  std::size_t samples = 100;
  std::uint64_t seed = 1;
  bool latency = false;                ///< plans compete in latency too
  std::function<bool()> give_up = {};  ///< asked before each sample; yes: those drawn by then count
};

/// Draws the cluster's numbers from their intervals `samples` times (devices/sample.hpp), prices the network anew and
/// scores the frontier's plans, as they are, with each of the tables. One plan beats another where it is no worse in
/// period and energy (and latency), and better in one of them. Other plans that might be better still are not
/// searched for. In the order of the frontier's points.
[[nodiscard]] std::vector<PointUncertainty> uncertainty(const Network& network, const Cluster& cluster,
                                                        const Frontier& frontier, const UncertaintyOptions& options);

/// `uncertainty.csv`: the header, and a line for each point.
[[nodiscard]] std::string uncertainty_header();
[[nodiscard]] std::string uncertainty_row(const Setting& setting, const FrontierPoint& point,
                                          const PointUncertainty& uncertain, const std::string& plan);

}  // namespace cleave
