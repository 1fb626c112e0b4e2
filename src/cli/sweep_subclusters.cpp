#include "cli/sweep_subclusters.hpp"

#include "base/text.hpp"
#include "report/pareto_csv.hpp"

#include <fmt/format.h>

namespace cleave::cli {

std::string subclusters_header(const Cluster& cluster) {
  std::string header;
  for (const DeviceClass& device : cluster.classes) header += csv_field("count_" + device.name) + ",";
  return header + pareto_header();
}

std::string subclusters_rows(const Setting& setting, const Subclusters& found,
                             const std::function<std::string(const Plan&)>& plan_file) {
  std::string rows;
  for (const Subcluster& one : found.all) {
    std::string counts;
    for (const int count : one.counts) counts += fmt::format("{},", count);
    for (const FrontierPoint& point : found.frontier(one).points)
      rows += counts + pareto_row(setting, point, plan_file(point.plan));
  }
  return rows;
}

}  // namespace cleave::cli
