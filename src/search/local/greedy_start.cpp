#include "search/local/greedy_start.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::local {
namespace {

/// The devices in random order, each in one of its modes.
std::vector<std::uint32_t> drawn_devices(const FlatCost& flat, Random& random) {
  const CostTable& cost = flat.table();
  std::vector<std::uint32_t> devices;
  for (const ClassId id : cost.classes.ids()) {
    std::vector<std::uint32_t> modes;
    for (const ModeId mode : cost.modes.ids())
      if (cost.modes[mode].device_class == id) modes.push_back(mode.value);
    for (int i = 0; i < cost.classes[id].count && !modes.empty(); ++i)
      devices.push_back(modes[random.below(modes.size())]);
  }
  for (std::size_t i = devices.size(); i > 1; --i) std::swap(devices[i - 1], devices[random.below(i)]);
  return devices;
}

class Filling {
 public:
  Filling(const FlatCost& flat, Random& random)
      : flat_(flat),
        devices_(drawn_devices(flat, random)),
        load_s_(devices_.size(), 0),
        stage_of_(flat.operators(), kNone) {}

  std::optional<Plan> run(Random& random) {
    const double share_s = share();
    std::size_t current = 0;
    grow(random.below(flat_.operators()), current, share_s);
    for (std::uint32_t op = 0; op < flat_.operators(); ++op) grow(op, current, share_s);
    for (std::uint32_t op = 0; op < flat_.operators(); ++op)
      if (!flat_.can_run(op, devices_[stage_of_[op]])) return std::nullopt;
    return plan();
  }

 private:
  /// Work of each operator where it is fastest, evenly over the devices.
  [[nodiscard]] double share() const {
    double sum_s = 0;
    for (std::uint32_t op = 0; op < flat_.operators(); ++op) {
      double least_s = kCannot;
      for (const std::uint32_t mode : devices_) least_s = std::min(least_s, flat_.price(op, mode).compute_s);
      sum_s += std::isfinite(least_s) ? least_s : 0;
    }
    return sum_s / static_cast<double>(devices_.size());
  }

  /// Breadth first from `seed` over what is in no stage.
  void grow(std::uint32_t seed, std::size_t& current, double share_s) {
    std::vector<std::uint32_t> queue = {seed};
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const std::uint32_t op = queue[i];
      if (stage_of_[op] != kNone) continue;
      while (current + 1 < devices_.size() && load_s_[current] >= share_s) ++current;
      put(op, current);
      for (const std::uint32_t near : flat_.neighbours(op))
        if (stage_of_[near] == kNone) queue.push_back(near);
    }
  }
  void put(std::uint32_t op, std::size_t current) {
    std::size_t chosen = current;
    if (!flat_.can_run(op, devices_[current])) {
      for (std::size_t d = 0; d < devices_.size(); ++d)
        if (!flat_.can_run(op, devices_[chosen]) ||
            (flat_.can_run(op, devices_[d]) && load_s_[d] + flat_.price(op, devices_[d]).compute_s <
                                                   load_s_[chosen] + flat_.price(op, devices_[chosen]).compute_s))
          chosen = d;
    }
    stage_of_[op] = static_cast<std::uint32_t>(chosen);
    load_s_[chosen] += flat_.price(op, devices_[chosen]).compute_s;
  }

  [[nodiscard]] Plan plan() const {
    Plan plan;
    for (std::uint32_t d = 0; d < devices_.size(); ++d) {
      Stage stage{ModeId(devices_[d]), 1, {}};
      for (std::uint32_t op = 0; op < stage_of_.size(); ++op)
        if (stage_of_[op] == d) stage.operators.emplace_back(op);
      if (!stage.operators.empty()) plan.stages.push_back(std::move(stage));
    }
    return plan;
  }

  const FlatCost& flat_;
  std::vector<std::uint32_t> devices_;  ///< the mode of each
  std::vector<double> load_s_;          ///< computation only
  std::vector<std::uint32_t> stage_of_;
};

}  // namespace

std::optional<Plan> greedy_start(const FlatCost& flat, Random& random) { return Filling(flat, random).run(random); }

}  // namespace cleave::local
