#include "runtime/executor/ring.hpp"

#include <thread>

namespace cleave {

namespace {

constexpr int kLooks = 50;
constexpr std::chrono::microseconds kWatch{50};
constexpr int kLooksPerTime = 64;  ///< the clock is read now and then

/// Tells the processor that this is a loop that waits.
inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// True as soon as `condition` is, false if it did not come while it was worth looking.
template <class Condition>
bool look(const Condition& condition, Patience patience) {
  if (patience == Patience::looks) {
    for (int look = 0; look < kLooks; ++look) {
      if (condition()) return true;
      std::this_thread::yield();
    }
    return false;
  }
  const Clock::time_point end = Clock::now() + kWatch;
  do {
    for (int look = 0; look < kLooksPerTime; ++look) {
      if (condition()) return true;
      pause();
    }
  } while (Clock::now() < end);
  return false;
}

}  // namespace

Ring::Ring(std::size_t slots, int readers, std::span<const Tensor> prototype) : slots_(slots), readers_(readers) {
  for (Slot& slot : slots_) slot.tensors.assign(prototype.begin(), prototype.end());
}

template <class Condition>
bool Ring::wait(const Condition& condition, Patience patience) {
  const auto over = [&] { return halted_ || condition(); };
  if (!look(over, patience)) {
    std::unique_lock lock(mutex_);
    ++sleepers_;
    changed_.wait(lock, over);
    --sleepers_;
  }
  return !halted_;
}

/// A sleeper counts itself and then tests, the other side changes and then counts sleepers: in the one order of all
/// these (sequentially consistent) steps either the test sees the change or the count sees the sleeper.
void Ring::wake() {
  if (sleepers_ == 0) return;
  // Taking the lock orders the change before the sleeper's test or after its sleep began.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

bool Ring::wait_free(std::uint64_t turn, Patience patience) {
  return wait([&] { return slot(turn).unread == 0; }, patience);
}

void Ring::publish(std::uint64_t turn, Clock::time_point sent_at) {
  Slot& written = slot(turn);
  written.sent_at = sent_at;
  written.released_at = sent_at.time_since_epoch().count();
  written.unread = readers_;
  written.published = turn / slots_.size() + 1;
  wake();
}

bool Ring::wait_ready(std::uint64_t turn, Patience patience) {
  return wait([&] { return ready(turn); }, patience);
}

void Ring::release(std::uint64_t turn, Clock::time_point at) {
  Slot& read = slot(turn);
  const Clock::rep mine = at.time_since_epoch().count();
  for (Clock::rep latest = read.released_at; latest < mine;)
    if (read.released_at.compare_exchange_weak(latest, mine)) break;
  if (--read.unread == 0) wake();
}

std::size_t Ring::held_bytes() const {
  std::size_t bytes = 0;
  for (const Slot& slot : slots_)
    for (const Tensor& tensor : slot.tensors) bytes += tensor.bytes.size();
  return bytes;
}

void Ring::halt() {
  halted_ = true;
  wake();
}

}  // namespace cleave
