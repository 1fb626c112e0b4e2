#pragma once
/// How the devices of a cluster file reach each other, where it is not through one fabric.

#include "base/json_view.hpp"

#include <cleave/cluster.hpp>

namespace cleave {

/// Reads "links", or "networks" between the hosts of the devices, and "shared_links" into `cluster`, whose classes are
/// there already. Throws InputError for unknown names, pairs that occur twice, hosts that some devices lack, and files
/// with both.
void read_links(const JsonView& document, Cluster& cluster);

}  // namespace cleave
