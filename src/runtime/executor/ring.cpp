#include "runtime/executor/ring.hpp"

#include <thread>

namespace cleave {

namespace {
/// Looks before sleeping: a wake-up costs tens of microseconds, a look costs less than one.
constexpr int kLooks = 50;
}  // namespace

Ring::Ring(std::size_t slots, int readers, std::span<const Tensor> prototype) : slots_(slots), readers_(readers) {
  for (Slot& slot : slots_) slot.tensors.assign(prototype.begin(), prototype.end());
}

template <class Condition>
bool Ring::wait(const Condition& condition) {
  for (int look = 0; look < kLooks; ++look) {
    if (halted_) return false;
    if (condition()) return true;
    std::this_thread::yield();
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return halted_ || condition(); });
  return !halted_;
}

void Ring::wake() {
  // Taking the lock orders the change before the sleeper's test or after its sleep began.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

bool Ring::wait_free(std::uint64_t turn) {
  return wait([&] { return slot(turn).unread == 0; });
}

void Ring::publish(std::uint64_t turn) {
  Slot& written = slot(turn);
  written.unread = readers_;
  written.published = turn / slots_.size() + 1;
  wake();
}

bool Ring::wait_ready(std::uint64_t turn) {
  return wait([&] { return slot(turn).published == turn / slots_.size() + 1; });
}

void Ring::release(std::uint64_t turn) {
  if (--slot(turn).unread == 0) wake();
}

void Ring::halt() {
  halted_ = true;
  wake();
}

}  // namespace cleave
