#pragma once
/// The order in which devices work at an interleaved plan: one rule for `simulate` and for the executor.
///
/// A pass has a beat, `batch + lag x depth`, and devices take their passes by beat, the deeper first. In a *turn*, as
/// many beats as any stage has replicas at most, a device takes each of its passes once at most, and no part of it has
/// more to do than a turn of periods. So what is ready at the start of its beat is done a turn of periods later. Where
/// ports work beside the compute units, a pass takes three turns: one to receive, one to compute, one to send, and the
/// next depth follows so much later. A port that does one thing at a time then has a fixed order as well: it receives
/// for the pass two turns ahead, and sends for the one at hand.

#include <cleave/plan.hpp>

#include <cstddef>

namespace cleave {

struct PassOrder {
  std::size_t turn = 1;  ///< beats: no stage has more replicas
  bool beside = false;   ///< some device moves tensors of one pass while it computes another

  /// Beats between the passes of one batch at neighbouring depths.
  [[nodiscard]] std::size_t lag() const { return beside ? 3 * turn : turn; }
  /// Beats by which a device whose port works beside its compute unit receives before it sends.
  [[nodiscard]] std::size_t ahead() const { return beside ? 2 * turn : 0; }
};

[[nodiscard]] PassOrder pass_order(const Plan& plan, bool beside);

}  // namespace cleave
