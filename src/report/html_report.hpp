#pragma once
/// The answer as a page: the frontier, its plans, their timelines and where the energy goes.

#include <cleave/cluster.hpp>
#include <cleave/cost_table.hpp>
#include <cleave/explore.hpp>
#include <cleave/network.hpp>

#include <string>
#include <vector>

namespace cleave {

struct ReportData {
  std::string title;  ///< e.g. "resnet50 on edge4"
  const Network& network;
  const Cluster& cluster;
  const CostTable& cost;
  const Frontier& frontier;
  const std::vector<Baseline>& baselines;
  bool latency = false;  ///< an objective of the frontier
};

/// One HTML file that needs no other file and no network, of less than 2 MiB. A frontier with more
/// plans than fit is thinned evenly (its ends stay), and the page says so.
///
/// For scripts: `[data-point="i"]` and `[data-baseline="i"]` select what `#plan` shows, as do the
/// fragments `#point=i` and `#baseline=i`; points have their number in the frontier, from 0.
[[nodiscard]] std::string render_report(const ReportData& data);

}  // namespace cleave
