#include "search/transitions.hpp"

#include <algorithm>

namespace cleave {

TransitionWalk::TransitionWalk(const CostTable& cost, const Lattice& lattice)
    : cost_(cost),
      lattice_(lattice),
      visited_(lattice.size(), 0),
      sums_((cost.operator_count() + 1) * cost.modes.size()) {}

void TransitionWalk::collect(std::uint32_t upper, const std::vector<bool>& cuts, double max_load_s,
                             std::vector<Transition>& out) {
  upper_ = upper;
  ++round_;
  std::fill_n(sums_.begin(), cost_.modes.size(), StageSums{});
  stack_.assign(1, {upper, 0});
  while (!stack_.empty()) {
    Frame& frame = stack_.back();
    const auto covers = lattice_.covers(frame.ideal);
    if (frame.next_cover == covers.size()) {
      stack_.pop_back();
      continue;
    }
    const Lattice::Cover cover = covers[frame.next_cover++];
    if (visited_[cover.lower] == round_) continue;
    visited_[cover.lower] = round_;
    const std::size_t depth = stack_.size();
    enter(cover.lower, cover.op, depth);
    if (hopeless(depth, max_load_s)) continue;
    if (cuts[cover.lower]) emit(depth, cover.lower, max_load_s, out);
    stack_.push_back({cover.lower, 0});
  }
}

void TransitionWalk::enter(std::uint32_t ideal, OpId op, std::size_t depth) {
  const std::size_t modes = cost_.modes.size();
  std::copy_n(sums_.begin() + static_cast<std::ptrdiff_t>((depth - 1) * modes), modes,
              sums_.begin() + static_cast<std::ptrdiff_t>(depth * modes));
  StageSums* sums = &sums_[depth * modes];
  const auto each_mode = [&](auto&& action) {
    for (const ModeId mode : cost_.modes.ids()) action(sums[mode.at()], mode);
  };
  each_mode([&](StageSums& s, ModeId mode) { s.add_operator(cost_, op, mode); });
  for (const TensorId tensor : cost_.outputs[op]) {
    const TensorUse& use = cost_.tensors[tensor];
    const auto read_here = [&](OpId reader) { return reader != op && in_stage(reader, ideal); };
    const auto read_later = [&](OpId reader) { return !lattice_.contains(upper_, reader); };
    if (std::any_of(use.consumers.begin(), use.consumers.end(), read_here))
      each_mode([&](StageSums& s, ModeId mode) { s.add_received(cost_, tensor, mode, -1); });
    if (use.leaves || std::any_of(use.consumers.begin(), use.consumers.end(), read_later))
      each_mode([&](StageSums& s, ModeId mode) { s.add_sent(cost_, tensor, mode); });
  }
  for (const TensorId tensor : cost_.inputs[op]) {
    const auto& readers = cost_.tensors[tensor].consumers;
    const auto read_already = [&](OpId reader) { return reader != op && in_stage(reader, ideal); };
    if (std::none_of(readers.begin(), readers.end(), read_already))
      each_mode([&](StageSums& s, ModeId mode) { s.add_received(cost_, tensor, mode, +1); });
  }
}

bool TransitionWalk::hopeless(std::size_t depth, double max_load_s) const {
  for (const ModeId mode : cost_.modes.ids()) {
    const StageSums& sums = sums_[depth * cost_.modes.size() + mode.at()];
    const ClassCost& device = cost_.classes[cost_.modes[mode].device_class];
    if (sums.compute_s <= max_load_s * device.most_replicas() && sums.weight_bytes <= device.memory_bytes) return false;
  }
  return true;
}

void TransitionWalk::emit(std::size_t depth, std::uint32_t lower, double max_load_s,
                          std::vector<Transition>& out) const {
  for (const ModeId mode : cost_.modes.ids()) {
    const StageScore alone = stage_score(cost_, sums_[depth * cost_.modes.size() + mode.at()], mode, 1);
    if (!fits(cost_, alone, mode)) continue;
    if (alone.load_s / cost_.classes[cost_.modes[mode].device_class].most_replicas() <= max_load_s)
      out.push_back({lower, mode, alone.load_s, alone.dynamic_j + alone.transfer_j});
  }
}

}  // namespace cleave
