#pragma once
/// The joined stages of a running plan: rings between workers and the way to stop them all.

#include "runtime/executor/ring.hpp"
#include "runtime/executor/routes.hpp"
#include "runtime/pass_order.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

/// Batch i of a unit is computed by replica `i % replicas` of its stage, which writes it into its own ring.
///
/// A worker that has several units takes them in a fixed order, by beat (see PassOrder), the deeper first. What a unit
/// waits for has an earlier beat for everyone, and rings hold what readers later in it leave waiting, so that nothing
/// waits in a circle.
class Pipeline {
 public:
  /// Rings are as deep as keeps every unit busy: `queue_depth` waiting results for each hop to the farthest reader, one
  /// that each reader holds while it computes, and one that each replica but the first is making. Paced devices move
  /// results beside computing: their workers hold two, one of them on its way, and where they take passes by beat,
  /// those of the turns that a depth lags further behind.
  Pipeline(const Network& network, const Plan& plan, std::size_t queue_depth, std::span<const DevicePace> pace = {});

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Routes& routes() const { return routes_; }
  /// Lets values between units lie channels-last where `prefers` says yes for every unit that holds them. Before the
  /// units are prepared.
  void agree_on_layouts(const std::function<bool(std::size_t unit, ValueId value)>& prefers) {
    cleave::agree_on_layouts(routes_, *graph_, prefers);
  }
  /// Of a plan that is interleaved; of another, all units of which have the same depth, without lag.
  [[nodiscard]] const PassOrder& order() const { return order_; }
  /// Batches at the end that are faster than those in steady state: devices do nothing but finish them. Of interleaved
  /// plans, those that are under way when the last one begins; with half duplex ports that receive ahead, those that a
  /// stage has received when nothing else comes, so that sending them has the port to itself.
  [[nodiscard]] std::size_t trailing() const { return trailing_; }
  [[nodiscard]] std::size_t replicas(std::size_t unit) const { return rings_[unit].size(); }

  /// Blocks until the given units have made `batch`. False when halted.
  bool wait_for(std::span<const std::size_t> producers, std::uint64_t batch, Patience patience = Patience::looks);
  /// When the last of the given units had sent `batch`, on paced devices; none while one has not.
  [[nodiscard]] std::optional<Clock::time_point> sent_at(std::span<const std::size_t> producers, std::uint64_t batch);
  /// Tells the given units that one of their readers is done with `batch`, since `at`.
  void release(std::span<const std::size_t> producers, std::uint64_t batch, Clock::time_point at = {});
  /// Blocks until there is room for the results of `unit`. False when halted.
  bool wait_for_room(std::size_t unit, std::uint64_t batch, Patience patience = Patience::looks);
  /// Since when there is; after wait_for_room.
  [[nodiscard]] Clock::time_point room_at(std::size_t unit, std::uint64_t batch) {
    return ring(unit, batch).free_at(turn(unit, batch));
  }
  void publish(std::size_t unit, std::uint64_t batch, Clock::time_point sent_at = {});

  /// What `unit` makes of `batch`: for itself between wait_for_room and publish, for its readers
  /// between wait_for and release.
  [[nodiscard]] std::vector<Tensor>& outputs(std::size_t unit, std::uint64_t batch);

  /// Of the results that one replica of `unit` has room for.
  [[nodiscard]] std::size_t held_bytes(std::size_t unit) const { return rings_[unit].front().held_bytes(); }

  /// Makes every wait return false, for good.
  void halt();

 private:
  Ring& ring(std::size_t unit, std::uint64_t batch) { return rings_[unit][batch % replicas(unit)]; }
  [[nodiscard]] std::uint64_t turn(std::size_t unit, std::uint64_t batch) const { return batch / replicas(unit); }
  void add_rings(const RoutedUnit& unit, std::size_t count, std::size_t slots);

  std::shared_ptr<const Graph> graph_;
  Routes routes_;
  PassOrder order_;
  std::size_t trailing_ = 0;
  std::vector<std::deque<Ring>> rings_;  ///< by unit, then replica
};

}  // namespace cleave
