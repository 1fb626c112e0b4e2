#pragma once
/// The worker threads of a plan, and the shifts that they work.

#include "runtime/executor/pipeline.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cleave {

using Clock = std::chrono::steady_clock;
[[nodiscard]] inline double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Inputs of the network, one set per batch, taken in turn.
using InputSets = std::span<const std::vector<Tensor>>;

/// Batches [first, last) to be computed by everyone; batch i takes `inputs[(i - first) % size]`.
struct Shift {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  InputSets inputs = {};
  Clock::time_point start = {};
  std::span<const double> arrivals_s = {};  ///< by batch; empty: all are there
  bool trace = false;

  [[nodiscard]] const Tensor& input(std::uint64_t batch, std::size_t index) const {
    return inputs[(batch - first) % inputs.size()][index];
  }
};

/// One thread per stage replica. Each makes and prepares its own backend, then works one shift
/// after the other.
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
  /// Blocks until all have finished the shift or were halted; their times within it. The caller
  /// adds what lies between `finished` and the end of the shift to the idle time.
  struct Times {
    WorkerReport report = {};
    Clock::time_point finished = {};
    std::vector<TraceEvent> events = {};
  };
  std::vector<Times> end();
  /// Throws the first error of a worker, if there was one.
  void rethrow();
  /// Stops everyone after the batch in hand; no further shift can begin.
  void halt();

 private:
  struct Worker {
    std::size_t stage = 0;
    int replica = 0;
    std::vector<std::size_t> units = {};  ///< of its stage, the deepest first
    Times times = {};
    std::exception_ptr trouble = {};
    std::jthread thread = {};
  };
  void hire(const Plan& plan);
  void start(const Plan& plan, const BackendFactory& factory, bool pin);
  void work(Worker& worker, const Stage& stage, const BackendFactory& factory);
  /// An engine for each of its units.
  using Engines = std::vector<std::unique_ptr<Backend>>;
  [[nodiscard]] Engines prepare(const Worker& worker, ModeId mode, const BackendFactory& factory) const;
  bool next_shift(std::uint64_t& number, Shift& shift);
  void work_shift(Worker& worker, const Engines& engines, const Shift& shift);
  bool pass(std::size_t index, Backend& backend, const Shift& shift, std::uint64_t batch, Times& times);
  bool wait_for_arrival(const RoutedUnit& unit, const Shift& shift, std::uint64_t batch);
  void compute(Backend& backend, const RoutedUnit& unit, std::size_t index, const Shift& shift, std::uint64_t batch);
  void report_done(Worker& worker, std::exception_ptr trouble);

  Pipeline& pipeline_;
  std::string network_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Shift shift_;
  std::uint64_t shift_number_ = 0;
  std::size_t busy_workers_ = 0;
  bool halted_ = false;
  std::exception_ptr first_error_;
  std::vector<Worker> workers_;  ///< last: joined before anything that they use goes away
};

}  // namespace cleave
