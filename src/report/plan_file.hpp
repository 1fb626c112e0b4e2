#pragma once
/// Plan files (`cleave.plan/1`): a plan with its score and proof, and what it was made for.

#include <cleave/cluster.hpp>
#include <cleave/explore.hpp>
#include <cleave/network.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cleave {

class JsonView;

/// A network on a cluster, priced, and how the user calls the two.
struct Setting {
  std::string model;    ///< as given: "zoo:resnet50", a path
  std::string cluster;  ///< as given: a shipped name, a path
  Network network;
  Cluster devices;
  CostTable cost;
};

/// Reads both and prices one on the other.
[[nodiscard]] Setting read_setting(const std::string& model, const std::string& cluster, std::int64_t batch);

/// The plan as JSON text. Paths of model and cluster are written relative to `folder`, where the
/// file will lie, so that a folder of plans can be moved with its inputs.
[[nodiscard]] std::string plan_json(const Setting& setting, const FrontierPoint& point,
                                    const std::filesystem::path& folder);

/// `plan_json` with what only the one who asked wants to know: search time and baselines.
struct PlanExtras {
  double elapsed_s = 0;
  std::vector<Baseline> baselines;
};
[[nodiscard]] std::string plan_json(const Setting& setting, const FrontierPoint& point,
                                    const std::filesystem::path& folder, const PlanExtras& extras);

/// A plan file with its network and cluster read again. The claimed score is what the file says.
struct PlanFile {
  Setting setting;
  FrontierPoint point;
  /// Claims that contradict others in the file (throughput and period, gap and bound, ...), one
  /// sentence each.
  std::vector<std::string> contradictions = {};
};

/// Throws InputError: not a plan, unknown device or operator names, or a model or cluster that has
/// changed since the plan was made (says which).
[[nodiscard]] PlanFile read_plan(const std::filesystem::path& path);

/// The same from memory, for a setting that is read already.
[[nodiscard]] PlanFile parse_plan(const JsonView& view, Setting setting);

}  // namespace cleave
