#include "space/group_tasks.hpp"

#include "base/parallel.hpp"
#include "devices/energy_origin.hpp"
#include "space/table_order.hpp"
#include "space/totals.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <numeric>

namespace cleave {
namespace {

/// Most tables are pruned at once: what they take is for those to come.
constexpr std::size_t kPricedAtOnce = 16;

/// Seconds times joules of an inference, each operator where it takes least.
double least_work(const CostTable& cost) {
  double seconds = 0, joules = 0;
  for (const OpId op : cost.inputs.ids()) {
    double least_s = kCannot, least_j = kCannot;
    for (const ModeId mode : cost.modes.ids()) {
      least_s = std::min(least_s, cost.compute_s(op, mode));
      if (cost.compute_s(op, mode) < kCannot) least_j = std::min(least_j, cost.compute_j(op, mode));
    }
    seconds += least_s;
    joules += least_j;
  }
  const auto batch = static_cast<double>(cost.batch);
  return seconds / batch * std::max(joules / batch, 1e-30);
}

/// What is limited must be known.
void check(const SpaceLimits& limits, const DesignSpace& space, const DesignIndex& index) {
  if (limits.cost_usd == kCannot && limits.area_mm2 == kCannot) return;
  const Cluster cluster = read_cluster(largest_cluster_of(space, index.design(0)));
  if (limits.cost_usd < kCannot) require_field(cluster, "cost_usd", "--max-cost");
  if (limits.area_mm2 < kCannot) require_field(cluster, "area_mm2", "--max-area");
}

/// May a better group exceed a limit that a worse one keeps?
bool better_may_exceed(const SpaceLimits& limits) {
  return limits.power_w < kCannot || limits.cost_usd < kCannot || limits.area_mm2 < kCannot;
}

/// Of each class of a cluster.
std::vector<std::string_view> energy_origins(const Cluster& cluster) {
  std::vector<std::string_view> origins;
  for (const DeviceClass& device : cluster.classes) origins.push_back(energy_origin(device));
  return origins;
}

/// Of a part of it.
std::string_view origin_of(const std::vector<std::string_view>& origins, const std::vector<int>& counts) {
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0 && origins[c] == "estimated") return "estimated";
  return "modeled";
}

}  // namespace

std::vector<std::size_t> promising_first(const std::vector<const GroupTask*>& tasks) {
  std::vector<double> promise;
  for (const GroupTask* task : tasks) promise.push_back(task->cluster ? least_work(task->cost) : 0);
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return promise[a] < promise[b]; });
  return order;
}

GroupTasks::GroupTasks(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options,
                       Sources& sources)
    : space_(space), index_(index), options_(options), sources_(sources) {
  check_axes(space, sources.cluster());
  check(options.limits, space, index);
}

std::vector<GroupTask> GroupTasks::of(const std::vector<std::size_t>& groups, std::vector<PointOutcome>& points) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  std::vector<GroupTask> tasks(groups.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i].group = groups[i];
    tasks[i].design = index_.design(index_.points_of(groups[i]).front());
    tasks[i].network = &sources_.network(tasks[i].design.model, batch_of(space_, tasks[i].design));
  }
  pricing_s_ += std::chrono::duration<double>(Clock::now() - start).count();
  const bool prunes = options_.prune && !better_may_exceed(options_.limits);
  std::vector<GroupTask*> standing;
  std::vector<std::exception_ptr> bad_input(tasks.size());
  for (std::size_t first = 0; first < tasks.size(); first += kPricedAtOnce) {
    const std::size_t end = std::min(tasks.size(), first + kPricedAtOnce);
    const Clock::time_point priced = Clock::now();
    in_parallel(first, end, [&](std::size_t i) {
      try {
        price(tasks[i]);
      } catch (const InputError&) {
        bad_input[i] = std::current_exception();
      }
    });
    for (const std::exception_ptr& failure : bad_input)  // the first, whatever the threads
      if (failure) std::rethrow_exception(failure);
    pricing_s_ += std::chrono::duration<double>(Clock::now() - priced).count();
    for (std::size_t i = first; i < end; ++i) {
      weigh(tasks[i], points);
      if (prunes && !tasks[i].settled()) prune(tasks[i], standing);
    }
  }
  return tasks;
}

/// Values that are good one by one may not be together: such a group is no design. What a file lacks, it lacks for all.
void GroupTasks::price(GroupTask& task) const {
  try {
    task.cluster = sources_.cluster_named(largest_cluster_of(space_, task.design));
    task.cost = make_cost_table(*task.network, *task.cluster);
  } catch (const InputError&) {
    throw;
  } catch (const Error& error) {
    task.settle(error.what());
  }
}

/// Cost and area of its points; a group whose points all exceed a limit is not searched.
void GroupTasks::weigh(GroupTask& task, std::vector<PointOutcome>& points) const {
  if (task.settled()) return;
  const std::vector<std::string_view> origins = energy_origins(*task.cluster);
  bool all = true;
  for (const std::size_t number : index_.points_of(task.group)) {
    PointOutcome& point = points[number];
    const std::vector<int> counts = counts_at(space_, index_.design(number), *task.cluster);
    point.totals = totals_of(*task.cluster, counts);
    point.energy_origin = origin_of(origins, counts);
    point.reason = excess_of(point.totals);
    all = all && !point.reason.empty();
  }
  if (all) task.settle("its points exceed a limit");
}

std::string GroupTasks::excess_of(const Totals& totals) const {
  const SpaceLimits& limits = options_.limits;
  if (totals.cost_usd.value_or(0) > limits.cost_usd)
    return fmt::format("costs {:g} USD, more than {:g}", *totals.cost_usd, limits.cost_usd);
  if (totals.area_mm2.value_or(0) > limits.area_mm2)
    return fmt::format("takes {:g} mm2, more than {:g}", *totals.area_mm2, limits.area_mm2);
  return "";
}

/// By one that is no worse in anything, among the best of those before; if there is none, those that still stand are
/// pruned by `task`.
void GroupTasks::prune(GroupTask& task, std::vector<GroupTask*>& standing) {
  const auto beaten = [](GroupTask& worse, const std::string& better) {
    worse.better = better;
    worse.settle(fmt::format("in nothing better than {}", better));
  };
  // A larger batch may be better in all and take longer.
  const bool same_batch = options_.limits.latency_s < kCannot || options_.objectives.latency;
  const std::size_t model = task.design.model;
  if (const auto better = elite_.better_than(model, task.cost, same_batch)) return beaten(task, *better);
  const std::string name = name_of_group(task);
  std::erase_if(standing, [&](GroupTask* other) {
    const bool worse = other->design.model == model && (!same_batch || task.cost.batch == other->cost.batch) &&
                       no_worse(task.cost, other->cost);
    if (worse) beaten(*other, name);
    return worse;
  });
  elite_.add(model, task.cost, name, same_batch);
  standing.push_back(&task);
}

std::string GroupTasks::name_of_group(const GroupTask& task) const {
  return fmt::format("{}, batch {}", largest_cluster_of(space_, task.design), batch_of(space_, task.design));
}

}  // namespace cleave
