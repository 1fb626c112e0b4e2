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
class JsonWriter;

/// A network on a cluster, priced, and how the user calls the two.
struct Setting {
  std::string model;    ///< as given: "zoo:resnet50", a path
  std::string cluster;  ///< as given: a shipped name, a path
  Network network;
  Cluster devices;
  CostTable cost;
};

/// Prices one on the other. Throws InputError where a name cannot stand in a plan file.
[[nodiscard]] Setting make_setting(std::string model, std::string cluster, Network network, Cluster devices);
/// For `check`.
[[nodiscard]] PlanNames names_in(const Setting& setting);
/// Reads both and prices one on the other.
[[nodiscard]] Setting read_setting(const std::string& model, const std::string& cluster, std::int64_t batch);

/// What only the one who asked wants to know of a plan: search time and baselines.
struct PlanExtras {
  double elapsed_s = 0;
  std::vector<Baseline> baselines;
};

/// Plans of one setting as JSON text.
class PlanWriter {
 public:
  /// Paths of model and cluster are written relative to `folder`, where the files will lie, so that a folder of plans
  /// can be moved with its inputs. `setting` must outlive the writer.
  PlanWriter(const Setting& setting, const std::filesystem::path& folder);

  [[nodiscard]] std::string json(const FrontierPoint& point) const;
  [[nodiscard]] std::string json(const FrontierPoint& point, const PlanExtras& extras) const;

 private:
  void write(JsonWriter& json, const FrontierPoint& point) const;

  const Setting& setting_;
  std::string model_, cluster_;  ///< as the files refer to them
  std::string model_fingerprint_, cluster_fingerprint_;
};

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
