#include "search/trail_stages.hpp"

#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>

namespace cleave {
namespace {

/// Beyond as many stages (56 bytes each) the search is not tried.
constexpr std::size_t kMaxStages = 40'000'000;

/// See TrailStage; of a stage that alone, with one replica, has this load.
double spare_from_s(const CostTable& cost, double load_s, int replicas) {
  return replicas > 1 && !cost.links ? load_s / (replicas - 1) : kCannot;
}

}  // namespace

TrailWalk::TrailWalk(const CostTable& cost, const Lattice& lattice, const std::vector<Border>& borders,
                     const Fastest& fastest, bool timed)
    : cost_(cost),
      lattice_(lattice),
      borders_(borders),
      fastest_(fastest),
      timed_(timed),
      visited_(lattice.size(), 0),
      sums_((cost.operator_count() + 1) * cost.modes.size()),
      moved_(cost.operator_count() + 1) {}

TrailEnd TrailWalk::collect(std::uint32_t upper, const std::vector<bool>& cuts, double max_load_s) {
  TrailEnd end;
  upper_ = upper;
  ++round_;
  std::fill_n(sums_.begin(), cost_.modes.size(), StageSums{});
  stack_.assign(1, {upper, 0, false});
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
    const bool on_path = frame.on_path || fastest_.on_path[cover.op];
    if (cuts[cover.lower]) emit(depth, cover.lower, on_path, max_load_s, end);
    stack_.push_back({cover.lower, 0, on_path});
  }
  return end;
}

void TrailWalk::add_user_way(StageSums& sums, double& seconds, TensorId tensor, ModeId mode, double sign) const {
  const UserWay way = user_way(cost_, tensor, mode);
  seconds += sign * way.seconds;
  sums.transfer_j += sign * way.joules;
}

void TrailWalk::receive(StageSums& sums, TensorId tensor, ModeId mode, double sign) const {
  const bool from_user = !cost_.tensors[tensor].producer.valid();
  if (from_user) add_user_way(sums, sums.receive_s, tensor, mode, sign);
  if (!cost_.links || cost_.links->ports || from_user) return sums.add_received(cost_, tensor, mode, sign);
  sums.boundary_bytes += sign * cost_.transfer_bytes(tensor, mode);
}

void TrailWalk::send(StageSums& sums, TensorId tensor, ModeId mode) const {
  const bool to_user = cost_.tensors[tensor].leaves;
  if (to_user) add_user_way(sums, sums.send_s, tensor, mode, +1);
  if (!cost_.links || cost_.links->ports || to_user) return sums.add_sent(cost_, tensor, mode);
  sums.boundary_bytes += cost_.transfer_bytes(tensor, mode);
}

void TrailWalk::enter(std::uint32_t ideal, OpId op, std::size_t depth) {
  const std::size_t modes = cost_.modes.size();
  std::copy_n(sums_.begin() + static_cast<std::ptrdiff_t>((depth - 1) * modes), modes,
              sums_.begin() + static_cast<std::ptrdiff_t>(depth * modes));
  StageSums* sums = &sums_[depth * modes];
  const auto each_mode = [&](auto&& action) {
    for (const ModeId mode : cost_.modes.ids()) action(sums[mode.at()], mode);
  };
  std::size_t& moved = moved_[depth] = moved_[depth - 1];
  each_mode([&](StageSums& s, ModeId mode) { s.add_operator(cost_, op, mode); });
  for (const TensorId tensor : cost_.outputs[op]) {
    const TensorUse& use = cost_.tensors[tensor];
    const auto read_here = [&](OpId reader) { return reader != op && in_stage(reader, ideal); };
    const auto read_later = [&](OpId reader) { return !lattice_.contains(upper_, reader); };
    if (std::any_of(use.consumers.begin(), use.consumers.end(), read_here)) {
      each_mode([&](StageSums& s, ModeId mode) { receive(s, tensor, mode, -1); });
      --moved;
    }
    if (use.leaves || std::any_of(use.consumers.begin(), use.consumers.end(), read_later)) {
      each_mode([&](StageSums& s, ModeId mode) { send(s, tensor, mode); });
      ++moved;
    }
  }
  for (const TensorId tensor : cost_.inputs[op]) {
    const auto& readers = cost_.tensors[tensor].consumers;
    const auto read_already = [&](OpId reader) { return reader != op && in_stage(reader, ideal); };
    if (std::none_of(readers.begin(), readers.end(), read_already)) {
      each_mode([&](StageSums& s, ModeId mode) { receive(s, tensor, mode, +1); });
      ++moved;
    }
  }
  // What adding and taking away leaves by rounding would lie above a limit of 0.
  if (moved == 0) each_mode([](StageSums& s, ModeId) { s.transfer_j = 0; });
}

bool TrailWalk::hopeless(std::size_t depth, double max_load_s) const {
  for (const ModeId mode : cost_.modes.ids()) {
    const StageSums& sums = sums_[depth * cost_.modes.size() + mode.at()];
    const ClassCost& device = cost_.classes[cost_.modes[mode].device_class];
    if (sums.compute_s <= max_load_s * device.most_replicas() && sums.weight_bytes <= device.memory_bytes) return false;
  }
  return true;
}

void TrailWalk::emit(std::size_t depth, std::uint32_t lower, bool on_path, double max_load_s, TrailEnd& end) const {
  const auto first = static_cast<std::uint32_t>(end.stages.size());
  for (const ModeId mode : cost_.modes.ids()) {
    const StageSums& sums = sums_[depth * cost_.modes.size() + mode.at()];
    const StageScore alone = stage_score(cost_, sums, mode, 1);
    if (!fits(cost_, alone, mode)) continue;
    const int most = cost_.classes[cost_.modes[mode].device_class].most_replicas();
    for (int replicas = 1; replicas <= most; ++replicas)
      if (const double load_s = alone.load_s / replicas; load_s <= max_load_s)
        end.stages.push_back({mode, replicas, load_s, spare_from_s(cost_, alone.load_s, replicas),
                              alone.dynamic_j + alone.transfer_j, alone.receive_s + alone.compute_s + alone.send_s,
                              static_cast<std::uint32_t>(end.sums.size())});
    if (cost_.links) end.sums.push_back(sums);
    if (cost_.links && !cost_.links->shared.empty()) add_user_ways(lower, mode, end);
  }
  const auto last = static_cast<std::uint32_t>(end.stages.size());
  if (first == last) return;
  const OpId gate = borders_[lower].gate;
  const bool has_gate = gate.valid() && lattice_.contains(upper_, gate);
  end.steps.push_back({lower, static_cast<std::uint32_t>(end.routes.size()), first, last, on_path, has_gate});
  add_route(lower, end);
}

void TrailWalk::add_user_ways(std::uint32_t lower, ModeId mode, TrailEnd& end) const {
  const ClassId device = cost_.modes[mode].device_class;
  const std::vector<OpId> inside = lattice_.difference(upper_, lower);
  for (const SharedLinkCost& link : cost_.links->shared) {
    SharedUse& use = end.user_ways.emplace_back();
    for (const OpId op : inside) {
      for (const TensorId tensor : cost_.outputs[op])
        if (cost_.tensors[tensor].leaves) add_way(link, device, ClassId(), cost_.transfer_bytes(tensor, mode), use);
      for (const TensorId tensor : cost_.inputs[op]) {
        const auto& readers = cost_.tensors[tensor].consumers;
        const auto first = std::find_if(readers.begin(), readers.end(), [&](OpId one) { return in_stage(one, lower); });
        if (!cost_.tensors[tensor].producer.valid() && *first == op)
          add_way(link, ClassId(), device, cost_.transfer_bytes(tensor, mode), use);
      }
    }
  }
}

void TrailWalk::add_route(std::uint32_t lower, TrailEnd& end) const {
  const Border& below = borders_[lower];
  const Border& above = borders_[upper_];
  std::vector<std::uint32_t> read;  // positions in `below`
  for (std::uint32_t i = 0; i < below.crossing.size(); ++i) {
    const auto& readers = cost_.tensors[below.crossing[i]].consumers;
    if (std::any_of(readers.begin(), readers.end(), [&](OpId op) { return in_stage(op, lower); })) read.push_back(i);
  }
  if (timed_) {
    std::vector<std::uint32_t> clocks;
    for (const std::uint32_t i : read) clocks.push_back(below.clock_of[i]);
    std::sort(clocks.begin(), clocks.end());
    clocks.erase(std::unique(clocks.begin(), clocks.end()), clocks.end());
    end.routes.push_back(static_cast<std::uint32_t>(clocks.size()));
    end.routes.insert(end.routes.end(), clocks.begin(), clocks.end());
    for (const Clock& clock : above.clocks) {
      end.routes.push_back(static_cast<std::uint32_t>(clock.least_of.size()));
      for (const auto& latest : clock.least_of) {
        std::vector<std::uint32_t> sources;
        for (const std::uint16_t i : latest) {
          const TensorId tensor = above.crossing[i];
          const bool made_here = !lattice_.contains(lower, cost_.tensors[tensor].producer);
          sources.push_back(made_here ? kDone : below.clock_of[below.position(tensor)]);
        }
        std::sort(sources.begin(), sources.end());
        sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
        end.routes.push_back(static_cast<std::uint32_t>(sources.size()));
        end.routes.insert(end.routes.end(), sources.begin(), sources.end());
      }
    }
  }
  if (cost_.links) add_makers(lower, read, end);
}

void TrailWalk::add_makers(std::uint32_t lower, const std::vector<std::uint32_t>& read, TrailEnd& end) const {
  const Border& below = borders_[lower];
  end.routes.push_back(static_cast<std::uint32_t>(read.size()));
  for (const std::uint32_t i : read) {
    end.routes.push_back(below.crossing[i].value);
    end.routes.push_back(i);
  }
  for (const TensorId tensor : borders_[upper_].crossing)
    end.routes.push_back(lattice_.contains(lower, cost_.tensors[tensor].producer) ? below.position(tensor) : kDone);
}

bool collect_ends(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, double max_load_s,
                  bool timed, const std::function<bool()>& give_up, std::vector<Border>& borders,
                  std::vector<TrailEnd>& ends) {
  const auto ideals = static_cast<std::uint32_t>(lattice.size());
  const Descent descent(cost);
  const Fastest fastest(cost, descent);
  in_parallel(0U, ideals, [&](std::uint32_t ideal) {
    if (cuts[ideal] && !give_up()) borders[ideal] = border_at(cost, lattice, descent, fastest, ideal);
  });
  PerThread<TrailWalk> walks([&] { return TrailWalk(cost, lattice, borders, fastest, timed); });
  std::atomic<std::size_t> stages = 0;
  in_parallel(1U, ideals, [&](std::uint32_t upper) {
    if (!cuts[upper] || stages > kMaxStages || give_up()) return;
    ends[upper] = walks.local().collect(upper, cuts, max_load_s);
    stages += ends[upper].stages.size();
  });
  return stages <= kMaxStages && !give_up();
}

}  // namespace cleave
