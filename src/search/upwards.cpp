#include "search/upwards.hpp"

#include "base/parallel.hpp"
#include "search/coarse.hpp"
#include "search/counts.hpp"
#include "search/stage_cost.hpp"
#include "search/subtable.hpp"
#include "search/surface.hpp"
#include "search/trail.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <utility>

namespace cleave {
namespace {

class Upwards {
 public:
  Upwards(const CostTable& cost, const Lattice& lattice, const std::function<bool()>& give_up,
          const std::function<void(double)>& on_progress)
      : cost_(cost),
        lattice_(lattice),
        chain_(Lattice::chain(cost)),
        give_up_(give_up),
        on_progress_(on_progress),
        counts_(cost),
        best_(counts_.size()),
        plans_(counts_.size()) {}

  SubclusterPlans run() {
    std::vector<std::vector<std::size_t>> levels;  // codes, by number of devices
    for (std::size_t code = 0; code < counts_.size(); ++code) {
      const std::size_t devices = device_count(code);
      if (devices >= levels.size()) levels.resize(devices + 1);
      levels[devices].push_back(code);
    }
    for (std::size_t level = 1; level < levels.size(); ++level) {
      const std::vector<std::size_t>& codes = levels[level];
      in_parallel(std::size_t{0}, codes.size(), [&](std::size_t i) { solve(codes[i]); });
    }
    SubclusterPlans found{{}, finished_};
    for (std::vector<ScoredPlan>& plans : plans_)
      std::move(plans.begin(), plans.end(), std::back_inserter(found.plans));
    return found;
  }

 private:
  [[nodiscard]] std::size_t device_count(std::size_t code) const {
    std::size_t devices = 0;
    for (const ClassId device : cost_.classes.ids()) devices += static_cast<std::size_t>(counts_.used(code, device));
    return devices;
  }

  void solve(std::size_t code) {
    if (give_up_()) {
      finished_ = false;
      return;
    }
    Surface<Known>& best = best_[code];
    IndexVector<ClassId, int> devices;
    for (const ClassId device : cost_.classes.ids()) {
      devices.push_back(counts_.used(code, device));
      if (devices[device] > 0)
        for (const Known& known : best_[counts_.release(code, device, 1)].items()) best.insert(known);
    }
    const Subtable part = subtable_of(cost_, devices);
    if (part.cost.modes.size() == 0 || !runnable(part.cost)) return;
    if (!search(part, code, best)) finished_ = false;
    const std::scoped_lock lock(mutex_);
    on_progress_(static_cast<double>(++done_) / static_cast<double>(counts_.size()));
  }

  /// False when stopped.
  bool search(const Subtable& part, std::size_t code, Surface<Known>& best) {
    const auto with_cuts = [&](const Lattice& lattice, const std::vector<bool>& cuts, const char*) {
      return search_cuts(part, code, best, lattice, cuts);
    };
    return refine(part.cost, chain_, &lattice_, with_cuts);
  }

  bool search_cuts(const Subtable& part, std::size_t code, Surface<Known>& best, const Lattice& lattice,
                   const std::vector<bool>& cuts) {
    TrailTask task{.cost = part.cost, .lattice = lattice, .cuts = cuts, .known = best.items()};
    task.all_devices = true;
    task.give_up = give_up_;
    TrailResult result = solve_trail(task);
    for (Plan& plan : result.plans) {
      ScoredPlan scored{.code = code, .dynamic_j = 0, .plan = part.in_whole(std::move(plan)), .score = {}};
      scored.score = evaluate(cost_, scored.plan);
      const Score& score = scored.score;
      if (!best.insert({score.period_s, score.energy_j * static_cast<double>(cost_.batch), score.latency_s})) continue;
      for (const StageScore& stage : score.stages) scored.dynamic_j += stage.dynamic_j + stage.transfer_j;
      plans_[code].push_back(std::move(scored));
    }
    return result.finished;
  }

  const CostTable& cost_;
  const Lattice& lattice_;
  Lattice chain_;
  const std::function<bool()>& give_up_;
  const std::function<void(double)>& on_progress_;
  Counts counts_;
  std::vector<Surface<Known>> best_;            ///< by code: joules of a batch
  std::vector<std::vector<ScoredPlan>> plans_;  ///< by code
  std::mutex mutex_;                            ///< of what reports progress
  std::size_t done_ = 0;
  std::atomic<bool> finished_ = true;
};

}  // namespace

SubclusterPlans solve_upwards(const CostTable& cost, const Lattice& lattice, const std::function<bool()>& give_up,
                              const std::function<void(double)>& on_progress) {
  return Upwards(cost, lattice, give_up, on_progress).run();
}

}  // namespace cleave
