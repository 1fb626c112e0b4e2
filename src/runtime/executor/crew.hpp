#pragma once
/// The worker threads of a plan, and the shifts that they work.

#include "runtime/executor/worker.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace cleave {

/// One thread per stage replica. Each makes its own backend and, when all have agreed on how tensors lie between them,
/// prepares it; then it works one shift after the other.
class Crew {
 public:
  /// Returns when all are prepared. Throws what the first stage in trouble threw.
  Crew(Pipeline& pipeline, const Plan& plan, const BackendFactory& factory, const RunOptions& options,
       const std::string& network);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// False, and nothing begins, when halted.
  bool begin(const Shift& shift);
  /// Blocks until all have finished the shift or were halted.
  void end();
  /// Of the shift that ended.
  [[nodiscard]] const std::deque<Worker>& workers() const { return workers_; }
  /// Throws the first error of a worker, if there was one.
  void rethrow();
  [[nodiscard]] std::vector<Failure> failures();
  /// Stops everyone after the batch in hand; no further shift can begin.
  void halt();
  /// Sleeps until `time`. False when halted.
  bool sleep_until(Clock::time_point time) { return sleeper_.until(time); }

 private:
  void hire(const Plan& plan, const RunOptions& options);
  void start(const Plan& plan, const BackendFactory& factory, bool pin, const std::string& network);
  /// Lets the workers prepare, who all have engines now.
  void agree();
  bool wait_for_agreement();
  void live(Worker& worker, const std::function<void()>& equip, Patience patience);
  bool next_shift(std::uint64_t& number, Shift& shift);
  void report_done(const Worker& worker, const std::exception_ptr& trouble, bool preparing = false);

  Pipeline& pipeline_;
  Sleeper sleeper_;
  Timetable timetable_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Shift shift_;
  std::uint64_t shift_number_ = 0;
  std::size_t busy_workers_ = 0;
  bool agreed_ = false;
  bool halted_ = false;
  std::exception_ptr first_error_;
  std::vector<Failure> failures_;
  std::deque<Worker> workers_;
  std::vector<std::jthread> threads_;  ///< last: joined before anything that they use goes away
};

}  // namespace cleave
