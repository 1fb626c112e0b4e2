#pragma once
/// Telling whether a plan still speaks of the network and cluster that it was made for.

#include <cleave/cluster.hpp>
#include <cleave/network.hpp>

#include <string>

namespace cleave {

/// 16 hexadecimal digits over everything that costs depend on: operators, dimensions, tensors,
/// measured costs. Weights and file names do not count.
[[nodiscard]] std::string fingerprint(const Network& network);
/// The same over devices, counts, ports and every number of their profiles.
[[nodiscard]] std::string fingerprint(const Cluster& cluster);

}  // namespace cleave
