#pragma once
/// The joined stages of a running plan: rings between workers and the way to stop them all.

#include "runtime/executor/ring.hpp"
#include "runtime/executor/routes.hpp"

#include <deque>
#include <span>
#include <vector>

namespace cleave {

/// Batch i of a stage is computed by its replica `i % replicas`, which writes it into its own ring.
class Pipeline {
 public:
  /// Rings are as deep as keeps every stage busy: `queue_depth` waiting results for each hop to
  /// the farthest reader, and one that each reader holds while it computes.
  Pipeline(const Network& network, const Plan& plan, std::size_t queue_depth);

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Routes& routes() const { return routes_; }
  [[nodiscard]] std::size_t replicas(std::size_t stage) const { return rings_[stage].size(); }

  /// Blocks until the given stages have made `batch`. False when halted.
  bool wait_for(std::span<const std::size_t> producers, std::uint64_t batch);
  /// Tells the given stages that one of their readers is done with `batch`.
  void release(std::span<const std::size_t> producers, std::uint64_t batch);
  /// Blocks until there is room for the results of `stage`. False when halted.
  bool wait_for_room(std::size_t stage, std::uint64_t batch);
  void publish(std::size_t stage, std::uint64_t batch);

  /// What `stage` makes of `batch`: for itself between wait_for_room and publish, for its readers
  /// between wait_for and release.
  [[nodiscard]] std::vector<Tensor>& outputs(std::size_t stage, std::uint64_t batch);

  /// Makes every wait return false, for good.
  void halt();

 private:
  Ring& ring(std::size_t stage, std::uint64_t batch) { return rings_[stage][batch % replicas(stage)]; }
  [[nodiscard]] std::uint64_t turn(std::size_t stage, std::uint64_t batch) const { return batch / replicas(stage); }
  void add_rings(const RoutedStage& stage, std::size_t count, std::size_t slots);

  std::shared_ptr<const Graph> graph_;
  Routes routes_;
  std::vector<std::deque<Ring>> rings_;  ///< by stage, then replica
};

}  // namespace cleave
