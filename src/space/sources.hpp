#pragma once
/// The networks and clusters of a space, each file read once.

#include "space/design.hpp"

#include <cleave/cluster.hpp>
#include <cleave/network.hpp>

#include <map>
#include <string>
#include <utility>

namespace cleave {

class Sources {
 public:
  /// Throws what reading clusters throws. `space` must live as long.
  explicit Sources(const DesignSpace& space);

  /// Not for several threads at once; what is referred to stays. Throws what reading models throws, and UsageError
  /// for a measured cost table where batches are an axis.
  [[nodiscard]] const Network& network(std::size_t model, std::int64_t batch);
  /// That of the space itself.
  [[nodiscard]] const Cluster& cluster() const { return cluster_; }
  /// As read_cluster for the space's cluster with other changes.
  [[nodiscard]] Cluster cluster_named(const std::string& reference) const;

 private:
  const DesignSpace& space_;
  Cluster base_;  ///< without any change
  Cluster cluster_;
  std::map<std::pair<std::size_t, std::int64_t>, Network> networks_;  ///< by model and batch
};

}  // namespace cleave
