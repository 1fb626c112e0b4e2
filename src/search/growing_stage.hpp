#pragma once
/// A stage that grows upwards from an ideal, one operator at a time, and what it would take in every mode.

#include "search/lattice.hpp"

#include <cleave/cost_table.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cleave {

/// The seconds of a stage in one mode, for one batch.
struct StageSeconds {
  double compute_s = 0;
  double receive_s = 0;
  double send_s = 0;
};

/// Its bytes.
struct StageBytes {
  double weights = 0;
  double live = 0;  ///< a maximum, not a sum
  double received = 0;
  double sent = 0;
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

    [[nodiscard]] double load_s(const StageSeconds& stage, double reload_s) const {
      const double busy_s = stage.compute_s + launch_s + reload_s;
      if (!overlap) return stage.receive_s + busy_s + stage.send_s;
      return std::max(busy_s, full_duplex ? std::max(stage.receive_s, stage.send_s) : stage.receive_s + stage.send_s);
    }
    /// Below the load of the stage and of all that it can grow to: compute time, weights and receptions only grow.
    [[nodiscard]] double least_load_s(const StageSeconds& stage, double reload_s) const {
      const double busy_s = stage.compute_s + launch_s + reload_s;
      return overlap ? std::max(busy_s, stage.receive_s) : busy_s + stage.receive_s;
    }
    [[nodiscard]] double reload_s(const StageBytes& stage) const {
      const double excess = stage.weights - resident_bytes;
      return excess > 0 ? excess * reload_s_per_byte : 0;
    }
    [[nodiscard]] bool fits(const StageBytes& stage) const {
      return stage.weights + stage.live + 2 * (stage.received + stage.sent) <= memory_bytes;
    }
    [[nodiscard]] bool may_fit(const StageBytes& stage) const { return stage.weights + stage.live <= memory_bytes; }
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
  bool bytes_count_ = false;  ///< some stage may not fit, or reload weights
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
  /// Time of one batch on one device; infinite where the weights or the memory do not suffice.
  [[nodiscard]] double load_s(std::size_t mode) const {
    const StageTable::Mode& how = table_.modes_[mode];
    if (!table_.bytes_count_) return how.load_s(times(mode), 0);
    return how.fits(bytes(mode)) ? how.load_s(times(mode), how.reload_s(bytes(mode))) : kCannot;
  }
  /// Below that of the stage and of all that it can grow to.
  [[nodiscard]] double least_load_s(std::size_t mode) const {
    const StageTable::Mode& how = table_.modes_[mode];
    if (!table_.bytes_count_) return how.least_load_s(times(mode), 0);
    return how.may_fit(bytes(mode)) ? how.least_load_s(times(mode), how.reload_s(bytes(mode))) : kCannot;
  }

 private:
  [[nodiscard]] const StageSeconds& times(std::size_t mode) const { return times_[members_.size() * modes_ + mode]; }
  [[nodiscard]] const StageBytes& bytes(std::size_t mode) const { return bytes_[members_.size() * modes_ + mode]; }
  void push_times(OpId op);
  void push_bytes(OpId op);
  void receive(std::uint32_t tensor);
  void keep_inside(std::uint32_t tensor);
  void sum_anew(std::size_t mode);

  const StageTable& table_;
  std::size_t modes_;
  std::vector<std::uint32_t> members_;
  std::vector<StageSeconds> times_;        ///< [members so far][mode]
  std::vector<StageBytes> bytes_;          ///< the same, where they count
  std::vector<char> inside_;               ///< by operator; one more for the network's inputs
  std::vector<std::uint32_t> readers_in_;  ///< by tensor: how many members read it
};

}  // namespace cleave
