#include "space/design.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

namespace cleave {
namespace {

constexpr double kMostPoints = 10e6;

std::int64_t batch_in(const std::string& value) {
  std::int64_t batch = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), batch);
  if (error != std::errc() || stop != value.data() + value.size() || batch < 1 || batch > 1'000'000)
    throw UsageError(fmt::format("batch: \"{}\" is not a whole number from 1 to 1000000", value));
  return batch;
}

/// The value with most devices.
const std::string& largest(const Axis& axis) {
  return *std::max_element(axis.values.begin(), axis.values.end(),
                           [](const std::string& a, const std::string& b) { return std::stod(a) < std::stod(b); });
}

std::string cluster_with(const DesignSpace& space, const Design& design, bool most_devices) {
  auto [name, changes] = split_reference(space.cluster);
  for (std::size_t i = 0; i < space.axes.size(); ++i) {
    const Axis& axis = space.axes[i];
    if (axis.is_batch()) continue;
    std::erase_if(changes, [&](const Change& change) { return change.field == axis.name; });  // the axis has the say
    changes.push_back({axis.name, most_devices && axis.is_count() ? largest(axis) : axis.values[design.at[i]]});
  }
  return joined_reference(name, changes);
}

/// Every device keeps its own precision where it has not the one that is asked for; but one must have it.
void require_precision(const Cluster& cluster, const std::string& asked) {
  std::set<std::string_view> known;
  for (const DeviceClass& device : cluster.classes)
    if (device.profile)
      for (const Precision one : device.profile->precisions) known.insert(name_of(one));
  if (known.contains(asked)) return;
  throw UsageError(known.empty() ? fmt::format("precision: the devices of {} have none to choose from", cluster.name)
                                 : fmt::format("precision: no device of {} has {}; there are {}", cluster.name, asked,
                                               fmt::join(known, ", ")));
}

}  // namespace

DesignIndex::DesignIndex(const DesignSpace& space) : space_(space) {
  double points = static_cast<double>(space.models.size());
  for (const Axis& axis : space.axes) points *= static_cast<double>(axis.values.size());
  if (points > kMostPoints)
    throw UsageError(
        fmt::format("the axes span {:.3g} points, more than {:.0e}; give fewer values", points, kMostPoints));
  points_ = static_cast<std::size_t>(points);
  groups_ = space.models.size();
  for (const Axis& axis : space.axes)
    if (!axis.is_count()) groups_ *= axis.values.size();
}

Design DesignIndex::design(std::size_t point) const {
  Design design{0, std::vector<std::size_t>(space_.axes.size())};
  for (std::size_t i = space_.axes.size(); i-- > 0;) {
    design.at[i] = point % space_.axes[i].values.size();
    point /= space_.axes[i].values.size();
  }
  design.model = point;
  return design;
}

std::size_t DesignIndex::point(const Design& design) const {
  std::size_t point = design.model;
  for (std::size_t i = 0; i < space_.axes.size(); ++i) point = point * space_.axes[i].values.size() + design.at[i];
  return point;
}

std::vector<std::size_t> DesignIndex::points_of(std::size_t group) const {
  Design design{0, std::vector<std::size_t>(space_.axes.size(), 0)};
  for (std::size_t i = space_.axes.size(); i-- > 0;) {
    if (space_.axes[i].is_count()) continue;
    design.at[i] = group % space_.axes[i].values.size();
    group /= space_.axes[i].values.size();
  }
  design.model = group;
  std::vector<Design> all = {design};
  for (std::size_t i = 0; i < space_.axes.size(); ++i) {
    if (!space_.axes[i].is_count()) continue;
    std::vector<Design> more;
    for (Design& one : all)
      for (one.at[i] = 0; one.at[i] < space_.axes[i].values.size(); ++one.at[i]) more.push_back(one);
    all = std::move(more);
  }
  std::vector<std::size_t> points;
  for (const Design& one : all) points.push_back(point(one));
  std::sort(points.begin(), points.end());
  return points;
}

std::int64_t batch_of(const DesignSpace& space, const Design& design) {
  for (std::size_t i = 0; i < space.axes.size(); ++i)
    if (space.axes[i].is_batch()) return batch_in(space.axes[i].values[design.at[i]]);
  return space.batch;
}

std::string cluster_of(const DesignSpace& space, const Design& design) { return cluster_with(space, design, false); }

std::string largest_cluster_of(const DesignSpace& space, const Design& design) {
  return cluster_with(space, design, true);
}

void check_axes(const DesignSpace& space, const Cluster& cluster) {
  std::set<std::string> known;
  for (const Axis& axis : space.axes) {
    if (!known.insert(axis.name).second)
      throw UsageError(fmt::format("--vary {} occurs twice; join its values by commas", axis.name));
    for (const std::string& value : axis.values) {
      Cluster changed = cluster;
      if (axis.is_batch())
        (void)batch_in(value);
      else
        apply_change(changed, {axis.name, value});
      if (axis.name == "precision") require_precision(cluster, value);
    }
  }
}

}  // namespace cleave
