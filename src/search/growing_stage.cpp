#include "search/growing_stage.hpp"

#include "search/bytes_count.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

/// A sum that a subtraction leaves this much smaller is summed anew: it would be mostly rounding.
constexpr double kCancelled = 1e-3;

}  // namespace

StageTable::StageTable(const CostTable& cost) : input_offset_{0}, outputs_(cost.operator_count()) {
  for (const ModeId mode : cost.modes.ids()) {
    const ModeCost& how = cost.modes[mode];
    const ClassCost& device = cost.classes[how.device_class];
    modes_.push_back({how.device_class, device.overlap, device.full_duplex, how.stage_launch_s, how.resident_bytes,
                      how.reload_s_per_byte, device.memory_bytes});
  }
  for (const TensorId tensor : cost.tensors.ids()) {
    consumers_.push_back(cost.tensors[tensor].consumers);
    readers_.push_back(cost.tensors[tensor].leaves ? std::numeric_limits<std::uint32_t>::max() : 0);
    for (const ModeId mode : cost.modes.ids())
      tensors_.push_back({cost.transfer_s(tensor, mode), cost.transfer_bytes(tensor, mode)});
  }
  for (const OpId op : cost.inputs.ids()) add_operator(cost, op);
  for (const ModeId mode : cost.modes.ids()) bytes_count_ |= bytes_count(cost, mode);
}

void StageTable::add_operator(const CostTable& cost, OpId op) {
  for (const TensorId tensor : cost.inputs[op]) {
    const OpId producer = cost.tensors[tensor].producer;
    inputs_.push_back(
        {tensor.value, producer.valid() ? producer.value : static_cast<std::uint32_t>(cost.operator_count())});
    if (!cost.tensors[tensor].leaves) ++readers_[tensor.at()];
  }
  input_offset_.push_back(inputs_.size());
  for (const TensorId tensor : cost.outputs[op])
    if (cost.tensors[tensor].leaves || !cost.tensors[tensor].consumers.empty())
      outputs_[op.at()].push_back(tensor.value);
  for (const ModeId mode : cost.modes.ids()) {
    OperatorCost one{.compute_s = cost.compute_s(op, mode),
                     .send_s = 0,
                     .weight_bytes = cost.weight_bytes(op, mode),
                     .live_bytes = cost.live_bytes(op, mode),
                     .send_bytes = 0,
                     .read_s = 0,
                     .read_bytes = 0};
    for (const std::uint32_t tensor : outputs_[op.at()]) {
      const TensorCost& each = tensors_[tensor * modes_.size() + mode.at()];
      one.send_s += each.seconds;
      one.send_bytes += each.bytes;
      if (cost.tensors[TensorId(tensor)].consumers.empty()) continue;
      one.read_s += each.seconds;
      one.read_bytes += each.bytes;
    }
    operators_.push_back(one);
  }
}

bool StageTable::light(const Lattice& lattice, std::uint32_t ideal, OpId op) const {
  const auto only_for_op = [&](std::uint32_t tensor) {
    const auto& readers = consumers_[tensor];
    return std::all_of(readers.begin(), readers.end(),
                       [&](OpId reader) { return reader == op || lattice.contains(ideal, reader); });
  };
  for (std::size_t mode = 0; mode < modes_.size(); ++mode) {
    const Mode& how = modes_[mode];
    const OperatorCost& one = operators_[op.at() * modes_.size() + mode];
    if (!std::isfinite(one.compute_s)) continue;  // no stage of this mode has it
    double saved_s = how.overlap ? 0 : one.compute_s;
    double saved_bytes = one.weight_bytes / 2;
    const bool roomy = !std::isfinite(how.memory_bytes);
    if (one.read_s <= saved_s && (roomy || one.read_bytes <= saved_bytes)) continue;
    for (std::size_t i = input_offset_[op.at()]; i < input_offset_[op.at() + 1]; ++i) {
      const std::uint32_t tensor = inputs_[i].tensor;
      if (!only_for_op(tensor)) continue;
      saved_s += tensors_[tensor * modes_.size() + mode].seconds;
      saved_bytes += tensors_[tensor * modes_.size() + mode].bytes;
    }
    if (one.read_s > saved_s || !(roomy || one.read_bytes <= saved_bytes)) return false;
  }
  return true;
}

GrowingStage::GrowingStage(const StageTable& table)
    : table_(table),
      modes_(table.modes_.size()),
      times_((table.outputs_.size() + 1) * modes_),
      bytes_(table.bytes_count_ ? times_.size() : 0),
      inside_(table.outputs_.size() + 1, 0),
      readers_in_(table.readers_.size(), 0) {}

void GrowingStage::push(OpId op) {
  push_times(op);
  if (table_.bytes_count_) push_bytes(op);
  members_.push_back(op.value);
  inside_[op.at()] = 1;
  for (std::size_t i = table_.input_offset_[op.at()]; i < table_.input_offset_[op.at() + 1]; ++i) {
    const StageTable::Input& input = table_.inputs_[i];
    const std::uint32_t readers = ++readers_in_[input.tensor];
    if (!inside_[input.producer]) {
      if (readers == 1) receive(input.tensor);
    } else if (readers == table_.readers_[input.tensor]) {
      keep_inside(input.tensor);
    }
  }
}

void GrowingStage::push_times(OpId op) {
  StageSeconds* after = &times_[(members_.size() + 1) * modes_];
  const StageSeconds* before = after - modes_;
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::OperatorCost& one = table_.operators_[op.at() * modes_ + mode];
    after[mode].compute_s = before[mode].compute_s + one.compute_s;
    after[mode].receive_s = before[mode].receive_s;
    after[mode].send_s = before[mode].send_s + one.send_s;
  }
}

void GrowingStage::push_bytes(OpId op) {
  StageBytes* after = &bytes_[(members_.size() + 1) * modes_];
  const StageBytes* before = after - modes_;
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::OperatorCost& one = table_.operators_[op.at() * modes_ + mode];
    after[mode] = before[mode];
    after[mode].weights += one.weight_bytes;
    after[mode].live = std::max(after[mode].live, one.live_bytes);
    after[mode].sent += one.send_bytes;
  }
}

void GrowingStage::pop() {
  const std::uint32_t op = members_.back();
  members_.pop_back();
  inside_[op] = 0;
  for (std::size_t i = table_.input_offset_[op]; i < table_.input_offset_[op + 1]; ++i)
    --readers_in_[table_.inputs_[i].tensor];
}

void GrowingStage::receive(std::uint32_t tensor) {
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::TensorCost& one = table_.tensors_[tensor * modes_ + mode];
    times_[members_.size() * modes_ + mode].receive_s += one.seconds;
    if (table_.bytes_count_) bytes_[members_.size() * modes_ + mode].received += one.bytes;
  }
}

void GrowingStage::keep_inside(std::uint32_t tensor) {
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::TensorCost& one = table_.tensors_[tensor * modes_ + mode];
    double& send_s = times_[members_.size() * modes_ + mode].send_s;
    send_s -= one.seconds;
    bool cancelled = send_s < kCancelled * one.seconds;
    if (table_.bytes_count_) {
      double& sent = bytes_[members_.size() * modes_ + mode].sent;
      sent -= one.bytes;
      cancelled |= sent < kCancelled * one.bytes;
    }
    if (cancelled) sum_anew(mode);
  }
}

/// What the stage sends.
void GrowingStage::sum_anew(std::size_t mode) {
  double seconds = 0;
  double bytes = 0;
  for (const std::uint32_t op : members_)
    for (const std::uint32_t tensor : table_.outputs_[op]) {
      if (readers_in_[tensor] == table_.readers_[tensor]) continue;
      seconds += table_.tensors_[tensor * modes_ + mode].seconds;
      bytes += table_.tensors_[tensor * modes_ + mode].bytes;
    }
  times_[members_.size() * modes_ + mode].send_s = seconds;
  if (table_.bytes_count_) bytes_[members_.size() * modes_ + mode].sent = bytes;
}

}  // namespace cleave
