#pragma once
/// Why a stage takes another time than predicted.

#include <cleave/runtime.hpp>

#include <optional>
#include <string>

namespace cleave::cli {

/// What one batch takes of the device that serves it, measured against predicted.
struct Residual {
  double predicted_s = 0;
  double measured_s = 0;
  std::optional<double> relative = {};  ///< (measured - predicted) / predicted; none where either is 0
  std::string cause = {};               ///< likely; empty where there is nothing to explain
};

/// The stage that a worker has a part of.
struct PlannedStage {
  double load_s = 0;   ///< as predicted
  int replicas = 1;    ///< devices that share the batches, not a batch
  bool on_cpu = true;  ///< computed on the worker's core; else the worker waits for another device
};

/// Paced devices take the predicted time times `pace` (0: they are not paced). `cores` are what this process may use.
[[nodiscard]] Residual residual_of(const RunReport& run, const WorkerReport& worker, const PlannedStage& stage,
                                   double pace, std::size_t cores);

}  // namespace cleave::cli
