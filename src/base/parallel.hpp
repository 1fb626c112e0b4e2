#pragma once
/// Loops that share their work among threads, and what each thread keeps for itself. Where one thread is allowed,
/// TBB is not started at all: that takes as long as a small search.

#include <tbb/enumerable_thread_specific.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace cleave {

/// Whether this thread does all of a loop itself. As TBB's arenas do, it goes with what the thread is working on.
class Alone {
 public:
  explicit Alone(bool alone) : before_(std::exchange(current(), alone)) {}
  ~Alone() { current() = before_; }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  [[nodiscard]] static bool here() { return current(); }

 private:
  static bool& current() {
    thread_local bool alone = false;
    return alone;
  }

  bool before_;
};

/// Runs `work` on at most so many threads, 0 for all cores: asking for more than there are is not an error.
template <class Work>
auto on_threads(int most, const Work& work) {
  if (most != 1) most = std::min(most > 0 ? most : tbb::info::default_concurrency(), tbb::info::default_concurrency());
  const auto here = [&] {
    const Alone alone(most == 1);
    return work();
  };
  if (most == 1) return here();
  tbb::task_arena arena(most);
  return arena.execute(here);
}

[[nodiscard]] inline int threads_here() { return Alone::here() ? 1 : tbb::this_task_arena::max_concurrency(); }

/// Calls `visit` for each index from `first` to `last - 1`.
template <class Index, class Visit>
void in_parallel(Index first, Index last, const Visit& visit) {
  if (!Alone::here()) return tbb::parallel_for(first, last, visit);
  for (Index i = first; i < last; ++i) visit(i);
}

/// The same where some indices take much longer than others: each is a task of its own, the first ones first.
template <class Index, class Visit>
void in_parallel_one_by_one(Index first, Index last, const Visit& visit) {
  if (!Alone::here()) return tbb::parallel_for(first, last, visit, tbb::simple_partitioner());
  for (Index i = first; i < last; ++i) visit(i);
}

/// A T for each thread that asks for one; to be made where it is used, in the same on_threads().
template <class T>
class PerThread {
 public:
  explicit PerThread(std::function<T()> make = [] { return T(); }) : make_(std::move(make)) {
    if (!Alone::here()) shared_.emplace(make_);
  }

  [[nodiscard]] T& local() {
    if (shared_) return shared_->local();
    if (!only_) only_.emplace(make_());
    return *only_;
  }

  /// Calls `visit` for those of all threads.
  template <class Visit>
  void each(const Visit& visit) {
    if (only_) visit(*only_);
    if (shared_) std::for_each(shared_->begin(), shared_->end(), visit);
  }

 private:
  std::function<T()> make_;
  std::optional<T> only_;
  std::optional<tbb::enumerable_thread_specific<T>> shared_;
};

}  // namespace cleave
