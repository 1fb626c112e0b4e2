#include "search/local/assignment.hpp"

#include "search/flow_order.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::local {

Assignment::Assignment(const FlatCost& flat, const Plan& plan)
    : flat_(flat),
      stage_of_(flat.operators(), kNone),
      place_(flat.operators()),
      members_(std::max(flat.most_stages(), plan.stages.size())),
      stages_(members_.size()),
      load_s_(members_.size()),
      shares_(members_.size()),
      readers_(flat.tensors() * members_.size()),
      reading_stages_(flat.tensors()),
      touched_(members_.size()) {
  for (const ClassCost& device : flat.table().classes) free_.push_back(device.count);
  for (std::uint32_t s = 0; s < plan.stages.size(); ++s) {
    stages_[s].target = {plan.stages[s].mode.value, plan.stages[s].replicas};
    stages_[s].devices = plan.stages[s].replicas;
    free_[class_of(stages_[s].target)] -= plan.stages[s].replicas;
    for (const OpId op : plan.stages[s].operators) {
      stage_of_[op.at()] = s;
      place_[op.at()] = static_cast<std::uint32_t>(members_[s].size());
      members_[s].push_back(op.value);
      for (const std::uint32_t tensor : flat_.inputs(op.value)) reading_stages_[tensor] += readers(tensor, s)++ == 0;
    }
  }
  refresh();
}

std::uint32_t Assignment::empty_stage() const {
  for (std::uint32_t s = 0; s < members_.size(); ++s)
    if (members_[s].empty()) return s;
  return kNone;
}

Totals Assignment::totals() const {
  Totals totals;
  double idle_w = 0;
  for (std::size_t s = 0; s < load_s_.size(); ++s) {
    totals.period_s = std::max(totals.period_s, load_s_[s]);
    totals.energy_j += shares_[s].dynamic_j;
    totals.excess += shares_[s].excess;
    idle_w += shares_[s].idle_w;
  }
  totals.energy_j = (totals.energy_j + totals.period_s * idle_w) / static_cast<double>(flat_.table().batch);
  return totals;
}

void Assignment::touch(std::uint32_t stage) {
  if (touched_[stage]) return;
  touched_[stage] = 1;
  saved_.push_back({stage, stages_[stage], load_s_[stage], shares_[stage]});
}

void Assignment::relist(std::uint32_t op, std::uint32_t to) {
  auto& old = members_[stage_of_[op]];
  old[place_[op]] = old.back();
  place_[old.back()] = place_[op];
  old.pop_back();
  place_[op] = static_cast<std::uint32_t>(members_[to].size());
  members_[to].push_back(op);
  stage_of_[op] = to;
}

void Assignment::move(std::uint32_t op, std::uint32_t to) {
  const std::uint32_t from = stage_of_[op];
  touch(from);
  touch(to);
  moved_.push_back({op, from});
  move_outputs(op, from, to);
  move_inputs(op, from, to);
  relist(op, to);
  StageSums& left = stages_[from].sums;
  StageSums& joined = stages_[to].sums;
  const OperatorPrice& was = flat_.price(op, stages_[from].target.mode);
  const OperatorPrice& is = flat_.price(op, stages_[to].target.mode);
  left.compute_s -= was.compute_s;
  left.compute_j -= was.compute_j;
  left.weight_bytes -= was.weight_bytes;
  joined.compute_s += is.compute_s;
  joined.compute_j += is.compute_j;
  joined.weight_bytes += is.weight_bytes;
  joined.live_bytes = std::max(joined.live_bytes, is.live_bytes);
  if (members_[from].empty()) {
    left = {};
  } else if (flat_.memory_limited() && was.live_bytes >= left.live_bytes) {
    left.live_bytes = 0;
    for (const std::uint32_t member : members_[from])
      left.live_bytes = std::max(left.live_bytes, flat_.price(member, stages_[from].target.mode).live_bytes);
  }
}

namespace {

/// `sign`: +1 when the tensor starts to cross the stage's border, -1 when it no longer does.
void cross(StageSums& sums, double& seconds, const TransferPrice& price, double sign) {
  seconds += sign * price.seconds;
  sums.transfer_j += sign * price.joules;
  sums.boundary_bytes += sign * price.bytes;
}

}  // namespace

/// The stages that read what `op` writes stay where they are; it is sent from, and not received in, another one.
void Assignment::move_outputs(std::uint32_t op, std::uint32_t from, std::uint32_t to) {
  Slot& left = stages_[from];
  Slot& joined = stages_[to];
  for (const std::uint32_t tensor : flat_.outputs(op)) {
    const TransferPrice& was = flat_.transfer(tensor, left.target.mode);
    const TransferPrice& is = flat_.transfer(tensor, joined.target.mode);
    if (sent(tensor, from)) cross(left.sums, left.sums.send_s, was, -1);
    if (sent(tensor, to)) cross(joined.sums, joined.sums.send_s, is, +1);
    if (readers(tensor, from) != 0) cross(left.sums, left.sums.receive_s, was, +1);
    if (readers(tensor, to) != 0) cross(joined.sums, joined.sums.receive_s, is, -1);
  }
}

void Assignment::move_inputs(std::uint32_t op, std::uint32_t from, std::uint32_t to) {
  Slot& left = stages_[from];
  Slot& joined = stages_[to];
  for (const std::uint32_t tensor : flat_.inputs(op)) {
    const std::uint32_t producer = flat_.producer(tensor);
    const std::uint32_t maker = producer == kNone ? kNone : stage_of_[producer];
    const bool before = maker != kNone && sent(tensor, maker);
    if (--readers(tensor, from) == 0) {
      --reading_stages_[tensor];
      if (maker != from) cross(left.sums, left.sums.receive_s, flat_.transfer(tensor, left.target.mode), -1);
    }
    if (readers(tensor, to)++ == 0) {
      ++reading_stages_[tensor];
      if (maker != to) cross(joined.sums, joined.sums.receive_s, flat_.transfer(tensor, joined.target.mode), +1);
    }
    if (maker == kNone || before == sent(tensor, maker)) continue;
    touch(maker);
    Slot& sender = stages_[maker];
    cross(sender.sums, sender.sums.send_s, flat_.transfer(tensor, sender.target.mode), before ? -1 : +1);
  }
}

void Assignment::retarget(std::uint32_t stage, Target target) {
  touch(stage);
  const bool same_mode = stages_[stage].target.mode == target.mode;
  stages_[stage].target = target;
  if (!same_mode) sum(stage);
}

/// Sums of a stage from its members; a tensor that several of them read counts at the first.
void Assignment::sum(std::uint32_t stage) {
  Slot& slot = stages_[stage];
  StageSums sums;
  for (const std::uint32_t op : members_[stage]) {
    const OperatorPrice& price = flat_.price(op, slot.target.mode);
    sums.compute_s += price.compute_s;
    sums.compute_j += price.compute_j;
    sums.weight_bytes += price.weight_bytes;
    sums.live_bytes = std::max(sums.live_bytes, price.live_bytes);
    for (const std::uint32_t tensor : flat_.outputs(op))
      if (sent(tensor, stage)) cross(sums, sums.send_s, flat_.transfer(tensor, slot.target.mode), +1);
    for (const std::uint32_t tensor : flat_.inputs(op)) {
      const std::uint32_t producer = flat_.producer(tensor);
      if (producer != kNone && stage_of_[producer] == stage) continue;
      const double share = 1.0 / readers(tensor, stage);
      cross(sums, sums.receive_s, flat_.transfer(tensor, slot.target.mode), share);
    }
  }
  slot.sums = sums;
}

namespace {

/// By what share `need` is more than `have`. An empty device lacks all of it.
double lack(double need, double have) { return need > have ? (need - have) / std::max(have, 0.01 * need) : 0; }

}  // namespace

void Assignment::price(std::uint32_t stage) {
  const Slot& slot = stages_[stage];
  load_s_[stage] = 0;
  shares_[stage] = {};
  if (slot.devices == 0) return;
  const ModeCost& how = flat_.table().modes[ModeId(slot.target.mode)];
  StageSums sums = slot.sums;
  const bool must_stay = !std::isfinite(how.reload_s_per_byte);
  if (must_stay) sums.weight_bytes = std::min(sums.weight_bytes, how.resident_bytes);  // the load is finite
  const StageScore score = stage_score(flat_.table(), sums, ModeId(slot.target.mode), slot.target.replicas);
  load_s_[stage] = score.load_s;
  Share& share = shares_[stage];
  share.dynamic_j = score.dynamic_j + score.transfer_j;
  share.idle_w = score.idle_w;
  const double memory_bytes = score.memory_bytes - sums.weight_bytes + slot.sums.weight_bytes;
  share.excess = lack(memory_bytes, flat_.table().classes[how.device_class].memory_bytes);
  if (must_stay) share.excess += lack(slot.sums.weight_bytes, how.resident_bytes);
}

bool Assignment::take_devices() {
  taken_ = true;
  for (const Saved& saved : saved_) {
    Slot& slot = stages_[saved.stage];
    free_[class_of(saved.slot.target)] += saved.slot.devices;
    slot.devices = members_[saved.stage].empty() ? 0 : slot.target.replicas;
    free_[class_of(slot.target)] -= slot.devices;
  }
  return std::all_of(saved_.begin(), saved_.end(),
                     [&](const Saved& saved) { return free_[class_of(stages_[saved.stage].target)] >= 0; });
}

bool Assignment::settle() {
  if (!take_devices()) return false;
  for (const Saved& saved : saved_) price(saved.stage);
  return true;
}

void Assignment::keep() {
  for (const Saved& saved : saved_) touched_[saved.stage] = 0;
  saved_.clear();
  moved_.clear();
  taken_ = false;
}

void Assignment::move_back(Moved moved) {
  const std::uint32_t at = stage_of_[moved.op];
  for (const std::uint32_t tensor : flat_.inputs(moved.op)) {
    reading_stages_[tensor] -= --readers(tensor, at) == 0;
    reading_stages_[tensor] += readers(tensor, moved.from)++ == 0;
  }
  relist(moved.op, moved.from);
}

void Assignment::undo() {
  while (!moved_.empty()) {
    move_back(moved_.back());
    moved_.pop_back();
  }
  for (const Saved& saved : saved_) {
    Slot& slot = stages_[saved.stage];
    if (taken_) {
      free_[class_of(slot.target)] += slot.devices;
      free_[class_of(saved.slot.target)] -= saved.slot.devices;
    }
    slot = saved.slot;
    load_s_[saved.stage] = saved.load_s;
    shares_[saved.stage] = saved.share;
  }
  keep();
}

void Assignment::refresh() {
  for (std::uint32_t s = 0; s < stages_.size(); ++s) {
    sum(s);
    price(s);
  }
}

Placement Assignment::placement() const {
  Placement placement{stage_of_, {}};
  for (const Slot& slot : stages_) placement.targets.push_back(slot.target);
  return placement;
}

Plan plan_of(const CostTable& cost, const Placement& placement) {
  std::vector<Stage> stages;
  std::vector<std::uint32_t> at(placement.targets.size(), kNone);
  for (std::uint32_t op = 0; op < placement.stage_of.size(); ++op) {
    std::uint32_t& position = at[placement.stage_of[op]];
    if (position == kNone) {
      position = static_cast<std::uint32_t>(stages.size());
      const Target target = placement.targets[placement.stage_of[op]];
      stages.push_back({ModeId(target.mode), target.replicas, {}});
    }
    stages[position].operators.emplace_back(op);
  }
  return {in_order_of_flow(cost, std::move(stages))};
}

}  // namespace cleave::local
