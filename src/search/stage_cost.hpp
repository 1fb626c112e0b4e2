#pragma once
/// What a set of operators costs as one stage, from sums that grow by one operator at a time.

#include <cleave/plan.hpp>

#include <algorithm>
#include <vector>

namespace cleave {

/// What moving a tensor costs a stage, one batch.
struct Transfer {
  double seconds = 0;  ///< kCannot: no link leads there
  double joules = 0;
};

/// Into a stage of mode `to`, out of one of mode `from` (invalid: from the user).
[[nodiscard]] Transfer receiving(const CostTable& cost, TensorId tensor, ModeId from, ModeId to);
/// Out of a stage of mode `from` that made it: nothing where others pull it over their links.
[[nodiscard]] Transfer sending(const CostTable& cost, TensorId tensor, ModeId from);

/// Sums over the operators of a stage and its boundary, in one mode, for one batch.
struct StageSums {
  double compute_s = 0;
  double compute_j = 0;
  double weight_bytes = 0;
  double live_bytes = 0;  ///< a maximum, not a sum
  double receive_s = 0;
  double send_s = 0;
  double transfer_j = 0;
  double boundary_bytes = 0;

  void add_operator(const CostTable& cost, OpId op, ModeId mode) {
    compute_s += cost.compute_s(op, mode);
    compute_j += cost.compute_j(op, mode);
    weight_bytes += cost.weight_bytes(op, mode);
    live_bytes = std::max(live_bytes, cost.live_bytes(op, mode));
  }
  /// `sign` is +1 when the tensor starts to cross the stage's border, -1 when it no longer does.
  void add_received(const CostTable& cost, TensorId tensor, ModeId mode, double sign) {
    receive_s += sign * cost.transfer_s(tensor, mode);
    transfer_j += sign * cost.transfer_j(tensor, mode);
    boundary_bytes += sign * cost.transfer_bytes(tensor, mode);
  }
  void add_sent(const CostTable& cost, TensorId tensor, ModeId mode, double sign = 1) {
    send_s += sign * cost.transfer_s(tensor, mode);
    transfer_j += sign * cost.transfer_j(tensor, mode);
    boundary_bytes += sign * cost.transfer_bytes(tensor, mode);
  }
};

/// The sums as a stage on `replicas` devices. Meaning of the fields: see StageScore.
[[nodiscard]] StageScore stage_score(const CostTable& cost, const StageSums& sums, ModeId mode, int replicas);

/// Sums of an explicit set of operators (ascending), all of whose transfers go through the port.
[[nodiscard]] StageSums stage_sums(const CostTable& cost, const std::vector<OpId>& operators, ModeId mode);

/// The stage of each operator. Precondition: `plan` names each operator once.
using Homes = IndexVector<OpId, std::size_t>;
[[nodiscard]] Homes homes(const CostTable& cost, const Plan& plan);

/// Sums of every stage of a plan, through ports or over links as the cost table says.
[[nodiscard]] std::vector<StageSums> plan_sums(const CostTable& cost, const Plan& plan, const Homes& home);

/// What a stage does once a batch: launch, and reload of the weights that do not stay.
[[nodiscard]] double setup_s(const CostTable& cost, double weight_bytes, ModeId mode);

/// Compute time of an operator where it is fastest; infinite when nothing runs it.
[[nodiscard]] double fastest_s(const CostTable& cost, OpId op);
/// Some mode runs each operator.
[[nodiscard]] bool runnable(const CostTable& cost);

/// The stage runs there at all: every operator can, weights that must stay fit, memory suffices.
[[nodiscard]] bool fits(const CostTable& cost, const StageScore& score, ModeId mode);

}  // namespace cleave
