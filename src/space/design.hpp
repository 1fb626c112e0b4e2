#pragma once
/// A design space, and where its points are: every choice of a model and of one value of each axis.

#include "devices/vary.hpp"
#include "space/axis.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

struct DesignSpace {
  std::vector<std::string> models;
  std::string cluster;  ///< a reference, which the axes change further
  std::int64_t batch = 1;
  std::vector<Axis> axes;
};

/// One point: the position of its model, and of its value on each axis.
struct Design {
  std::size_t model = 0;
  std::vector<std::size_t> at;

  friend bool operator==(const Design&, const Design&) = default;
};

/// Points and groups by number: the model changes slowest, the last axis fastest. A *group* has all points that differ
/// in counts of devices alone.
class DesignIndex {
 public:
  /// Throws UsageError where the space has more than 10 million points.
  explicit DesignIndex(const DesignSpace& space);

  [[nodiscard]] std::size_t points() const { return points_; }
  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] Design design(std::size_t point) const;
  [[nodiscard]] std::size_t point(const Design& design) const;
  /// The points of a group, ascending.
  [[nodiscard]] std::vector<std::size_t> points_of(std::size_t group) const;

 private:
  const DesignSpace& space_;
  std::size_t points_ = 1;
  std::size_t groups_ = 1;
};

/// Samples per batch of a point.
[[nodiscard]] std::int64_t batch_of(const DesignSpace& space, const Design& design);
/// The cluster of a point, as a reference.
[[nodiscard]] std::string cluster_of(const DesignSpace& space, const Design& design);
/// With the most devices that the axes name: all points of the design's group are parts of it.
[[nodiscard]] std::string largest_cluster_of(const DesignSpace& space, const Design& design);

/// Throws UsageError where an axis is not known, occurs twice, or has a value that it cannot have, tried one at a time.
/// `cluster` is that of the space.
void check_axes(const DesignSpace& space, const Cluster& cluster);

}  // namespace cleave
