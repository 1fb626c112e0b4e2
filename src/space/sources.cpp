#include "space/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

/// The points of an axis of batches would have the costs of the table's one.
void require_batch_of_table(const DesignSpace& space, const std::string& model, const Network& network) {
  for (const Axis& axis : space.axes)
    for (const std::string& batch : axis.values)
      if (axis.is_batch() && batch != fmt::to_string(network.batch))
        throw UsageError(fmt::format(
            "{}: is a measured cost table, whose costs are for a batch of {} alone; leave out the axis of batches",
            model, network.batch));
}

}  // namespace

Sources::Sources(const DesignSpace& space) : space_(space) {
  const auto [name, changes] = split_reference(space.cluster);
  base_ = read_cluster(name);
  cluster_ = changes.empty() ? base_ : read_cluster(space.cluster);
}

const Network& Sources::network(std::size_t model, std::int64_t batch) {
  const auto key = std::pair(model, batch);
  if (const auto found = networks_.find(key); found != networks_.end()) return found->second;
  Network network = read_network(space_.models[model], {.batch = batch});
  if (!network.measured.empty()) require_batch_of_table(space_, space_.models[model], network);
  return networks_.emplace(key, std::move(network)).first->second;
}

Cluster Sources::cluster_named(const std::string& reference) const {
  Cluster cluster = base_;
  auto changes = split_reference(reference).second;
  std::stable_partition(changes.begin(), changes.end(), [](const Change& change) {
    return !change.field.ends_with(".count");  // a count of 0 removes the class, which other changes may name
  });
  for (const Change& change : changes) apply_change(cluster, change);
  if (cluster.classes.empty()) throw UsageError(fmt::format("{}: no device is left", reference));
  return cluster;
}

}  // namespace cleave
