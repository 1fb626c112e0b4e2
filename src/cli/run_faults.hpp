#pragma once
/// Devices that are lost: on purpose, and what to do then.

#include "cli/plan_devices.hpp"
#include "cli/session.hpp"

#include <cleave/recovery.hpp>

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cleave::cli {

/// "DEVICE@N" or "DEVICE#K@N": the K-th device of a class, counted from 0 as a report does, is lost at its N-th batch.
struct Fault {
  std::string text;  ///< as it was given
  ClassId device_class = {};
  std::size_t number = 0;
  std::size_t batch = 1;  ///< its N-th of the plan that runs then
  bool happened = false;
};
/// Throws UsageError for what is none, or names a class that the cluster does not have.
[[nodiscard]] std::vector<Fault> parse_faults(const std::vector<std::string>& texts, const Cluster& cluster);

/// Lets faults happen: `strike` is a RunOptions::before_compute. Safe to call from all workers.
class FaultInjector {
 public:
  explicit FaultInjector(std::vector<Fault> faults) : faults_(std::move(faults)) {}
  /// A plan begins: all counts start again.
  void watch(std::vector<PlanDevice> devices);
  /// Throws std::runtime_error where a fault is due. A stage of several passes is told of a batch several times.
  void strike(std::size_t stage, int replica, std::size_t batch);
  /// What did not happen, as it was given.
  [[nodiscard]] std::vector<std::string> left();

 private:
  std::mutex mutex_;
  std::vector<Fault> faults_;
  std::vector<PlanDevice> devices_;
  struct Seen {
    std::size_t batches = 0;
    std::size_t latest = 0;
  };
  std::vector<Seen> seen_;  ///< parallel to devices_
};

/// What is left of a cluster, and the best plan on it.
class Survivors {
 public:
  explicit Survivors(const PlanFile& file) : setting_(file.setting), points_{file.point} {}

  /// The plan on what is left when the devices that failed are gone too: the frontier's point for the weights that
  /// selected the first plan, or the fastest. None: there is none, and `reason` says why.
  std::optional<Plan> replan(const Session& session, const Plan& plan, std::span<const Failure> failures);
  [[nodiscard]] const Setting& setting() const { return setting_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// Of every plan so far, with its score.
  [[nodiscard]] const std::vector<FrontierPoint>& points() const { return points_; }

 private:
  void lose(ClassId device_class);

  Setting setting_;  ///< costs and counts of what is left
  std::vector<FrontierPoint> points_;
  std::string reason_;
};

}  // namespace cleave::cli
