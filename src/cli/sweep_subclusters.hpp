#pragma once
/// `subclusters.csv`: the frontier of every sub-cluster.

#include "report/plan_file.hpp"

#include <cleave/subclusters.hpp>

#include <functional>
#include <string>

namespace cleave::cli {

/// A `count_CLASS` for each class, then the columns of `pareto.csv`.
[[nodiscard]] std::string subclusters_header(const Cluster& cluster);

/// The rows of one network: sub-clusters in the order of their counts, the points of each by ascending throughput.
/// `plan_file` is asked for the file of a plan; its answer is empty where there is none.
[[nodiscard]] std::string subclusters_rows(const Setting& setting, const Subclusters& found,
                                           const std::function<std::string(const Plan&)>& plan_file);

}  // namespace cleave::cli
