#pragma once
/// What one worker hands on: a ring of result sets, each read by every worker that needs it.

#include "runtime/executor/sleeper.hpp"

#include <cleave/tensor.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

/// What a thread does before it sleeps: a wake-up costs tens of microseconds.
enum class Patience {
  looks,   ///< looks some fifty times and lets others have the core in between
  watches  ///< looks all the time for as long as a wake-up would take: for a thread with a core of its own
};

/// One writer, several readers, preallocated slots. The writer computes straight into a slot and
/// the readers read it there; a slot is free again when all of them have released it. Batch
/// `turn` (0, 1, 2, ... of this writer) lies in slot `turn % slots`.
///
/// Slots carry the times of paced devices: when results were sent, and when the last reader was done with those before.
class Ring {
 public:
  /// `readers` release each batch; with none a slot is free at once.
  Ring(std::size_t slots, int readers, std::span<const Tensor> prototype);

  /// Blocks until the slot of `turn` may be written. False when halted.
  bool wait_free(std::uint64_t turn, Patience patience = Patience::looks);
  /// Since when it may be; for the writer after wait_free.
  [[nodiscard]] Clock::time_point free_at(std::uint64_t turn) { return time(slot(turn).released_at); }
  /// Tensors of `turn`; for the writer after wait_free, for readers after wait_ready.
  [[nodiscard]] std::vector<Tensor>& tensors(std::uint64_t turn) { return slot(turn).tensors; }
  /// Makes `turn` visible to the readers.
  void publish(std::uint64_t turn, Clock::time_point sent_at = {});
  /// Blocks until `turn` was published. False when halted.
  bool wait_ready(std::uint64_t turn, Patience patience = Patience::looks);
  [[nodiscard]] bool ready(std::uint64_t turn) { return slot(turn).published == turn / slots_.size() + 1; }
  /// For readers of a `turn` that is ready.
  [[nodiscard]] Clock::time_point sent_at(std::uint64_t turn) { return slot(turn).sent_at; }
  /// A reader is done with `turn`.
  void release(std::uint64_t turn, Clock::time_point at = {});
  /// Of the tensors in all slots.
  [[nodiscard]] std::size_t held_bytes() const;
  /// Every wait, now and later, returns false.
  void halt();

 private:
  /// On cache lines of its own: the next slot is another thread's matter.
  struct alignas(64) Slot {
    std::vector<Tensor> tensors;
    Clock::time_point sent_at = {};
    std::atomic<std::uint64_t> published = 0;  ///< turns that this slot has carried
    std::atomic<int> unread = 0;               ///< readers that have not released it
    std::atomic<Clock::rep> released_at = 0;   ///< the latest
  };
  static Clock::time_point time(Clock::rep ticks) { return Clock::time_point(Clock::duration(ticks)); }
  Slot& slot(std::uint64_t turn) { return slots_[turn % slots_.size()]; }
  template <class Condition>
  bool wait(const Condition& condition, Patience patience);
  void wake();

  std::vector<Slot> slots_;
  int readers_;
  std::atomic<bool> halted_ = false;
  std::atomic<int> sleepers_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace cleave
