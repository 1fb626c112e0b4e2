#pragma once
/// A plan, what it scores, and the two independent opinions about it.

#include <cleave/cost_table.hpp>

#include <string>
#include <vector>

namespace cleave {

/// Operators that run together on `replicas` devices, which take turns at the batches.
struct Stage {
  ModeId mode = {};
  int replicas = 1;
  std::vector<OpId> operators;  ///< ascending
  friend bool operator==(const Stage&, const Stage&) = default;
};

/// A partition of the operators. Where data flows between stages without a circle, stages are in an
/// order in which it flows. Where it flows in a circle the plan is *interleaved*: a stage works at a
/// batch in several passes, one for each depth, and at other batches in between. The depth of an
/// operator is the largest number of stage borders on any path that leads to it.
struct Plan {
  std::vector<Stage> stages;
  friend bool operator==(const Plan&, const Plan&) = default;
};

struct StageScore {
  double compute_s = 0;  ///< one batch, launch and weight reloads included
  double receive_s = 0;  ///< one batch through the port
  double send_s = 0;
  double load_s = 0;        ///< time per batch that the stage's devices need, replicas considered
  double dynamic_j = 0;     ///< one batch: compute, launch, reload
  double transfer_j = 0;    ///< one batch: moving tensors
  double idle_w = 0;        ///< of its devices together
  double memory_bytes = 0;  ///< per device: weights, live activations, double-buffered boundary
};

struct Score {
  double period_s = 0;   ///< between batches in steady state
  double latency_s = 0;  ///< one batch through the empty pipeline
  double energy_j = 0;   ///< per inference, idle energy of the powered devices included
  int devices_used = 0;
  std::vector<StageScore> stages;
  std::vector<double> shared_s = {};  ///< per batch: how long each of the shared links is busy

  [[nodiscard]] double throughput_per_s(std::int64_t batch) const { return static_cast<double>(batch) / period_s; }
  [[nodiscard]] double power_w(std::int64_t batch) const { return energy_j * throughput_per_s(batch); }
};

/// Upper limits; infinity means none.
struct Limits {
  double period_s = kCannot;
  double latency_s = kCannot;
  double energy_j = kCannot;  ///< per inference
};

/// What is to be solved. Numbers only.
struct Problem {
  CostTable cost;
  Limits limits = {};
};

/// Data flows in a circle between the stages (see Plan). Precondition: `plan` names each operator once.
[[nodiscard]] bool interleaved(const CostTable& cost, const Plan& plan);

/// The closed-form score. Precondition: `plan` is legal (see check).
[[nodiscard]] Score evaluate(const CostTable& cost, const Plan& plan);

/// What the user calls what a plan is about, each in the order of its indices. Where a name is missing its number
/// stands.
struct PlanNames {
  std::vector<std::string> operators = {};
  std::vector<std::string> classes = {};
  std::vector<std::string> shared_links = {};
};

/// Why `plan` is not legal, or why `claimed` is not its score (relative tolerance 1e-9); one
/// sentence each, empty when all is well. Shares no code with the search or with evaluate.
[[nodiscard]] std::vector<std::string> check(const Problem& problem, const Plan& plan, const Score& claimed,
                                             const PlanNames& names = {});

}  // namespace cleave
