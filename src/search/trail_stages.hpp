#pragma once
/// Every stage between two cuts, priced once, with what it does to the clocks.

#include "search/shared_links.hpp"
#include "search/stage_cost.hpp"
#include "search/trail_border.hpp"

#include <functional>

namespace cleave {

/// A stage between two ideals. With link matrices what it receives from other stages is not in it.
struct TrailStage {
  ModeId mode = {};
  int replicas = 1;
  double load_s = 0;
  double spare_from_s = 0;  ///< in a plan of this period one replica less does; never where there are links
  double energy_j = 0;      ///< dynamic and transfer, one batch
  double duration_s = 0;    ///< receive, compute, send
  std::uint32_t sums = 0;   ///< with links: index of its sums
};

/// The stages from `lower` to the ideal whose list this is in.
struct TrailStep {
  std::uint32_t lower = 0;
  std::uint32_t route = 0;  ///< offset into the routes
  std::uint32_t first = 0;  ///< its stages are first .. last-1
  std::uint32_t last = 0;
  bool on_path = false;   ///< runs operators of the critical path
  bool has_gate = false;  ///< runs the first gate that is not in `lower`
};

/// What ends at one ideal. A route is a list of numbers:
///   clocks read: n, then n clocks of the lower border;
///   for each clock of the upper border: n, then for each of n readers: m, then m sources, of which a
///   number below kDone is a clock of the lower border;
///   with links, also: tensors read: n, then n pairs (tensor, its position in the lower border); and for each
///   crossing tensor of the upper border its position in the lower one, or kDone.
struct TrailEnd {
  std::vector<TrailStep> steps;
  std::vector<TrailStage> stages;
  std::vector<StageSums> sums;
  std::vector<SharedUse> user_ways;  ///< for each of the sums and shared link: what comes from the user and goes there
  std::vector<std::uint32_t> routes;
};
inline constexpr std::uint32_t kDone = 0xffffffff;  ///< made by the stage itself

/// Walks down from an ideal as TransitionWalk does; scratch memory, one per thread.
class TrailWalk {
 public:
  TrailWalk(const CostTable& cost, const Lattice& lattice, const std::vector<Border>& borders, const Fastest& fastest,
            bool timed);
  /// Stages from an ideal of `cuts` to `upper` whose load does not exceed `max_load_s`, in a fixed order.
  [[nodiscard]] TrailEnd collect(std::uint32_t upper, const std::vector<bool>& cuts, double max_load_s);

 private:
  struct Frame {
    std::uint32_t ideal;
    std::size_t next_cover;
    bool on_path;
  };
  void enter(std::uint32_t ideal, OpId op, std::size_t depth);
  void add_user_way(StageSums& sums, double& seconds, TensorId tensor, ModeId mode, double sign) const;
  void receive(StageSums& sums, TensorId tensor, ModeId mode, double sign) const;
  void send(StageSums& sums, TensorId tensor, ModeId mode) const;
  [[nodiscard]] bool hopeless(std::size_t depth, double max_load_s) const;
  void emit(std::size_t depth, std::uint32_t lower, bool on_path, double max_load_s, TrailEnd& end) const;
  void add_user_ways(std::uint32_t lower, ModeId mode, TrailEnd& end) const;
  void add_route(std::uint32_t lower, TrailEnd& end) const;
  void add_makers(std::uint32_t lower, const std::vector<std::uint32_t>& read, TrailEnd& end) const;
  [[nodiscard]] bool in_stage(OpId op, std::uint32_t lower) const {
    return lattice_.contains(upper_, op) && !lattice_.contains(lower, op);
  }

  const CostTable& cost_;
  const Lattice& lattice_;
  const std::vector<Border>& borders_;
  const Fastest& fastest_;
  bool timed_;
  std::uint32_t upper_ = 0;
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> visited_;
  std::vector<Frame> stack_;
  std::vector<StageSums> sums_;     ///< [depth][mode]
  std::vector<std::size_t> moved_;  ///< by depth: tensors that are received or sent
};

/// Fills borders and ends of all cuts. False when stopped, or when there are more than 40 million stages.
[[nodiscard]] bool collect_ends(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts,
                                double max_load_s, bool timed, const std::function<bool()>& give_up,
                                std::vector<Border>& borders, std::vector<TrailEnd>& ends);

}  // namespace cleave
