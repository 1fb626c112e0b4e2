#pragma once
/// A stage that grows upwards from an ideal, one operator at a time, and what it would take in every mode.

#include "search/lattice.hpp"

#include <cleave/cost_table.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cleave {

/// The seconds and bytes of a stage in one mode, for one batch.
struct StageLoad {
  double compute_s = 0;
  double receive_s = 0;
  double send_s = 0;
  double weight_bytes = 0;
  double live_bytes = 0;  ///< a maximum, not a sum
  double receive_bytes = 0;
  double send_bytes = 0;
};

/// The parts of a cost table that decide how long a stage takes, laid side by side.
class StageTable {
 public:
  explicit StageTable(const CostTable& cost);

  struct Mode {
    ClassId device_class = {};
    bool overlap = true;
    bool full_duplex = true;
    double launch_s = 0;
    double resident_bytes = kCannot;
    double reload_s_per_byte = 0;
    double memory_bytes = kCannot;

    /// Time of one batch on one device; infinite where the weights or the memory do not suffice.
    [[nodiscard]] double load_s(const StageLoad& stage) const {
      if (stage.weight_bytes + stage.live_bytes + 2 * (stage.receive_bytes + stage.send_bytes) > memory_bytes)
        return kCannot;
      if (!overlap) return stage.receive_s + busy_s(stage) + stage.send_s;
      return std::max(busy_s(stage),
                      full_duplex ? std::max(stage.receive_s, stage.send_s) : stage.receive_s + stage.send_s);
    }
    /// Below the load of the stage and of all that it can grow to: compute time, weights and receptions only grow.
    [[nodiscard]] double least_load_s(const StageLoad& stage) const {
      if (stage.weight_bytes + stage.live_bytes > memory_bytes) return kCannot;
      return overlap ? std::max(busy_s(stage), stage.receive_s) : busy_s(stage) + stage.receive_s;
    }

   private:
    [[nodiscard]] double busy_s(const StageLoad& stage) const {
      const double excess = stage.weight_bytes - resident_bytes;
      return stage.compute_s + launch_s + (excess > 0 ? excess * reload_s_per_byte : 0);
    }
  };

  [[nodiscard]] std::span<const Mode> modes() const { return modes_; }
  /// May any stage that starts at `ideal`, and the stages that follow, leave out `op`, the next operator, and be
  /// no slower? So it is where the time they save on it, with what was received for it alone, covers what must
  /// then be received from it; the same for memory.
  [[nodiscard]] bool light(const Lattice& lattice, std::uint32_t ideal, OpId op) const;

 private:
  friend class GrowingStage;

  struct Input {
    std::uint32_t tensor;
    std::uint32_t producer;  ///< no operator's number for the network's inputs
  };
  struct OperatorCost {
    double compute_s;
    double send_s;  ///< of all its tensors
    double weight_bytes;
    double live_bytes;
    double send_bytes;
    double read_s;  ///< of its tensors that an operator reads
    double read_bytes;
  };
  struct TensorCost {
    double seconds;
    double bytes;
  };
  void add_operator(const CostTable& cost, OpId op);

  std::vector<Mode> modes_;
  std::vector<std::size_t> input_offset_;
  std::vector<Input> inputs_;
  std::vector<std::vector<std::uint32_t>> outputs_;  ///< tensors that somebody reads
  std::vector<OperatorCost> operators_;              ///< [operator][mode]
  std::vector<TensorCost> tensors_;                  ///< [tensor][mode]
  std::vector<std::uint32_t> readers_;               ///< number that must be in the stage for the tensor to stay inside
  std::vector<std::vector<OpId>> consumers_;         ///< by tensor
};

/// Holds scratch memory: one per thread.
class GrowingStage {
 public:
  explicit GrowingStage(const StageTable& table);

  /// Adds an operator whose producers are all in the stage or below it.
  void push(OpId op);
  void pop();
  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] const StageLoad& load(std::size_t mode) const { return loads_[members_.size() * modes_ + mode]; }

 private:
  void receive(StageLoad* loads, std::uint32_t tensor) const;
  void keep_inside(StageLoad* loads, std::uint32_t tensor) const;
  [[nodiscard]] StageLoad sent_anew(std::size_t mode) const;

  const StageTable& table_;
  std::size_t modes_;
  std::vector<std::uint32_t> members_;
  std::vector<StageLoad> loads_;           ///< [members so far][mode]
  std::vector<char> inside_;               ///< by operator; one more for the network's inputs
  std::vector<std::uint32_t> readers_in_;  ///< by tensor: how many members read it
};

}  // namespace cleave
