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

/// `load_s` is the predicted load of the worker's stage, `replicas` its devices: these share the batches, not a batch.
/// Paced devices take the predicted time times `pace` (0: they are not paced). `cores` are what this process may use.
[[nodiscard]] Residual residual_of(const RunReport& run, const WorkerReport& worker, double load_s, int replicas,
                                   double pace, std::size_t cores);

}  // namespace cleave::cli
