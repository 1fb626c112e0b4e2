#pragma once
/// What tensors take of the links that devices share.

#include <cleave/cost_table.hpp>

#include <cstddef>
#include <vector>

namespace cleave::verify {

/// A half duplex link is one way, a full duplex one two: into its members, and out of them.
[[nodiscard]] std::size_t shared_ways(const CostTable& cost);

/// Adds to each way for how long `bytes` take it between devices of two classes. One of them may be invalid: the user.
void add_passages(const CostTable& cost, ClassId from, ClassId to, double bytes, std::vector<double>& taken_s);

/// Seconds and joules of a tensor on all shared links between the user and a device.
struct UserPassage {
  double seconds = 0;
  double energy_j = 0;
};
[[nodiscard]] UserPassage user_passage(const CostTable& cost, ClassId device, double bytes);

}  // namespace cleave::verify
