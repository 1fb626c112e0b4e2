#pragma once
/// Draws what is known only as an interval.

#include <cleave/cluster.hpp>

#include <cstdint>

namespace cleave {

/// The cluster with every number drawn from its interval: triangular between `low` and `high` with its peak at
/// `value`, of logarithms where `low` is above 0. Whole numbers of a profile (arrays, rows) are not drawn: they are the
/// design. Numbers of the same name in profiles of
/// the same name share their draw, so that two classes of one device err together; other numbers are independent, and a
/// link has one draw for all who use it.
/// The draw depends on `seed` and `index` alone.
[[nodiscard]] Cluster sample_cluster(const Cluster& cluster, std::uint64_t seed, std::uint64_t index);

/// The number at which the triangular distribution of `quantity` reaches the share `u`, 0 <= u <= 1.
[[nodiscard]] double drawn(const Quantity& quantity, double u);

}  // namespace cleave
