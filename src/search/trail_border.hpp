#pragma once
/// What of a partial plan's past its future can feel: when the tensors arrive that cross an ideal's border.

#include "search/lattice.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// Which operators depend on which.
class Descent {
 public:
  explicit Descent(const CostTable& cost);
  /// There is a path of tensors from `from` to `to`, which are different.
  [[nodiscard]] bool leads(OpId from, OpId to) const {
    return (bits_[from.at() * words_ + to.at() / 64] >> (to.at() % 64)) & 1;
  }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

/// An arrival time that matters. A reader waits for every tensor on whose way it is: whatever stages
/// come, it starts no earlier than the latest of them. So the arrival of a tensor may be raised, at no
/// loss, to the least such time of its readers; and tensors raised to the same time share one clock.
/// Of tensors of which one's producer feeds the other's, the later one decides.
struct Clock {
  std::vector<std::vector<std::uint16_t>> least_of;  ///< each the latest of these crossing tensors
  double to_go_s = 0;  ///< from this time to the end of a batch, at least (fastest operators, one transfer)
};

struct Border {
  std::vector<TensorId> crossing;  ///< ascending: made inside, read outside
  std::vector<std::uint16_t> clock_of;
  std::vector<Clock> clocks;
  int path_clock = -1;     ///< of the tensor by which the critical path leaves; -1: it does not
  bool path_over = false;  ///< all of the critical path is inside
  OpId gate;               ///< the first gate that is not inside, if any

  [[nodiscard]] std::uint16_t position(TensorId tensor) const;
};

/// How far a partial plan has come in time.
struct Arrival {
  double path_s = 0;  ///< the critical path has come to the border
  double gate_s = 0;  ///< all that the next gate waits for has come to the border
};

/// Times that hold whatever the plan, from the operators' fastest modes.
struct Fastest {
  Fastest(const CostTable& cost, const Descent& descent);
  IndexVector<OpId, double> tail_s;         ///< longest path from the operator's start to the end
  IndexVector<TensorId, double> receive_s;  ///< into any stage
  IndexVector<OpId, bool> on_path;          ///< of one longest path
  /// Operators on that path that nothing passes by: all others come before or after. In the order in which data flows.
  std::vector<OpId> gates;
};

[[nodiscard]] Border border_at(const CostTable& cost, const Lattice& lattice, const Descent& descent,
                               const Fastest& fastest, std::uint32_t ideal);

}  // namespace cleave
