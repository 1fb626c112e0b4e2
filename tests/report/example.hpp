#pragma once
/// A small network on three kinds of devices, with the frontier of its plans of up to three stages.

#include "report/html_report.hpp"

namespace cleave {

struct Example {
  Network network;
  Cluster cluster;
  CostTable cost;
  Frontier frontier;
  std::vector<Baseline> baselines;

  [[nodiscard]] ReportData data(std::string title = "tiny-resnet on bench") const {
    return {.title = std::move(title),
            .network = network,
            .cluster = cluster,
            .cost = cost,
            .frontier = frontier,
            .baselines = baselines};
  }
};

[[nodiscard]] Example make_example();

}  // namespace cleave
