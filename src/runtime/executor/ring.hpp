#pragma once
/// What one worker hands on: a ring of result sets, each read by every worker that needs it.

#include <cleave/tensor.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace cleave {

/// One writer, several readers, preallocated slots. The writer computes straight into a slot and
/// the readers read it there; a slot is free again when all of them have released it. Batch
/// `turn` (0, 1, 2, ... of this writer) lies in slot `turn % slots`.
/// A waiting thread looks a few times and then sleeps.
class Ring {
 public:
  /// `readers` release each batch; with none a slot is free at once.
  Ring(std::size_t slots, int readers, std::span<const Tensor> prototype);

  /// Blocks until the slot of `turn` may be written. False when halted.
  bool wait_free(std::uint64_t turn);
  /// Tensors of `turn`; for the writer after wait_free, for readers after wait_ready.
  [[nodiscard]] std::vector<Tensor>& tensors(std::uint64_t turn) { return slot(turn).tensors; }
  /// Makes `turn` visible to the readers.
  void publish(std::uint64_t turn);
  /// Blocks until `turn` was published. False when halted.
  bool wait_ready(std::uint64_t turn);
  /// A reader is done with `turn`.
  void release(std::uint64_t turn);
  /// Every wait, now and later, returns false.
  void halt();

 private:
  struct Slot {
    std::vector<Tensor> tensors;
    std::atomic<std::uint64_t> published = 0;  ///< turns that this slot has carried
    std::atomic<int> unread = 0;               ///< readers that have not released it
  };
  Slot& slot(std::uint64_t turn) { return slots_[turn % slots_.size()]; }
  template <class Condition>
  bool wait(const Condition& condition);
  void wake();

  std::vector<Slot> slots_;
  int readers_;
  std::atomic<bool> halted_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace cleave
