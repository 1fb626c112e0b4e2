#pragma once
/// The cost model of a device, ready to price many operators.

#include "costmodel/work.hpp"

#include <functional>

namespace cleave {

/// Prices one operator; the profile's fields were read once, when it was made.
using CostModel = std::function<OperatorCost(const Work&)>;

/// The model of `profile` at a precision that it lists, for operators by themselves: their weights come from memory.
[[nodiscard]] CostModel make_cost_model(const Profile& profile, Precision precision);
/// The same for operators of a network, whose weights may stay in the device's cache.
[[nodiscard]] CostModel make_cost_model(const Profile& profile, Precision precision, const Network& network);

/// How a stage's weights live on the device.
struct WeightStore {
  double resident_bytes = kCannot;
  double reload_s_per_byte = kCannot;
  double reload_j_per_byte = 0;
};
[[nodiscard]] WeightStore weight_store(const Profile& profile);

}  // namespace cleave
