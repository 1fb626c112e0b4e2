#pragma once
/// One stage replica at work: its engines, its order of passes, and where its time goes.

#include "runtime/executor/device_clock.hpp"
#include "runtime/executor/turns.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cleave {

/// Inputs of the network, one set per batch, taken in turn.
using InputSets = std::span<const std::vector<Tensor>>;

/// Room is made ahead for what is noted of so many batches: no more, for a run may be asked for far more than it gets
/// to.
inline constexpr std::size_t kForeseenBatches = 1 << 16;

/// Batches [first, last) to be computed by everyone; batch i takes `inputs[(i - first) % size]`.
struct Shift {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  InputSets inputs = {};
  std::size_t first_input = 0;
  Clock::time_point start = {};
  std::span<const double> arrivals_s = {};  ///< by batch; empty: all are there
  bool counts = false;                      ///< no warm-up
  bool trace = false;

  [[nodiscard]] const Tensor& input(std::uint64_t batch, std::size_t index) const {
    return inputs[(first_input + number(batch)) % inputs.size()][index];
  }
  [[nodiscard]] std::size_t number(std::uint64_t batch) const { return static_cast<std::size_t>(batch - first); }
};

/// Made by anyone; `equip`, `prepare` and `work`, in this order, are for the worker's own thread.
class Worker {
 public:
  /// `units` of `stage`, the deepest first. `options` are those of the run and outlive the worker.
  /// So does `timetable`, of the links that paced devices share.
  Worker(Pipeline& pipeline, Sleeper& sleeper, Timetable& timetable, const RunOptions& options, std::size_t stage,
         int replica, std::vector<std::size_t> units);

  /// An engine for each unit. Throws InputError for an operator that it does not have.
  void equip(ModeId mode, const BackendFactory& factory, const std::string& network);
  /// False where an engine of `unit` is its own and would rather have `value` row-major. Between `equip` and `prepare`.
  [[nodiscard]] bool prefers_channels_last(std::size_t unit, ValueId value) const;
  /// Makes the engines ready for the pipeline's stages as they are now.
  void prepare(Patience patience);
  /// All its passes of the shift, or those until it was halted. Allocates nothing for a batch.
  void work(const Shift& shift);

  /// Of the latest shift, for those who know that it is over: where the time went until `finished`, idling left out.
  [[nodiscard]] const WorkerReport& report() const { return report_; }
  [[nodiscard]] const std::vector<TraceEvent>& events() const { return events_; }
  /// What it was at when it threw.
  [[nodiscard]] Failure failure(const std::string& what) const;

 private:
  struct Engine {
    std::unique_ptr<Backend> backend;
    std::vector<const Tensor*> inputs;  ///< room for the pointers of a batch
    std::vector<Tensor*> outputs;
  };
  bool pass(const Turn& turn, const std::optional<Turn>& following);
  bool take_inputs(const Turn& turn);
  bool wait_for_input(const RoutedUnit& unit, std::uint64_t batch);
  void compute(const Turn& turn);
  bool take_time(const Turn& turn, const std::optional<Turn>& following, Clock::time_point ready);
  bool book_until(Clock::time_point end);
  void receive_ahead(const std::optional<Turn>& following);
  /// Which of the passes of its pace: the shallowest unit's is the first.
  [[nodiscard]] std::size_t pass_of(const Turn& turn) const { return units_.size() - 1 - turn.place; }
  [[nodiscard]] std::optional<std::size_t> held_bytes() const;
  [[nodiscard]] const RoutedUnit& unit(const Turn& turn) const { return pipeline_.routes().units[units_[turn.place]]; }
  [[nodiscard]] std::optional<Clock::time_point> arrival(const RoutedUnit& unit, std::uint64_t batch) const;
  [[nodiscard]] std::optional<Clock::time_point> ready_at(const RoutedUnit& unit, std::uint64_t batch);
  void note(const Turn& turn, const char* what, const Interval& time);
  double lap(const Turn& turn, const char* what);

  Pipeline& pipeline_;
  Sleeper& sleeper_;
  const RunOptions& options_;
  std::vector<std::size_t> units_;
  std::vector<Engine> engines_;  ///< parallel to units_
  std::optional<DeviceClock> clock_;
  bool in_turn_ = false;           ///< receives ahead by beats, as Pipeline::order says
  std::optional<Turns> arrivals_;  ///< then: the order in which it receives
  std::optional<Turn> arriving_;   ///< the next of them
  Patience patience_ = Patience::looks;
  Shift shift_;
  std::optional<Turn> at_;
  Clock::time_point lap_start_ = {};
  WorkerReport report_;
  std::vector<TraceEvent> events_;
};

}  // namespace cleave
