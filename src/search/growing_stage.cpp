#include "search/growing_stage.hpp"

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
      loads_((table.outputs_.size() + 1) * modes_),
      inside_(table.outputs_.size() + 1, 0),
      readers_in_(table.readers_.size(), 0) {}

void GrowingStage::push(OpId op) {
  StageLoad* loads = &loads_[(members_.size() + 1) * modes_];
  const StageLoad* before = loads - modes_;
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::OperatorCost& one = table_.operators_[op.at() * modes_ + mode];
    loads[mode] = before[mode];
    loads[mode].compute_s += one.compute_s;
    loads[mode].weight_bytes += one.weight_bytes;
    loads[mode].live_bytes = std::max(loads[mode].live_bytes, one.live_bytes);
    loads[mode].send_s += one.send_s;
    loads[mode].send_bytes += one.send_bytes;
  }
  members_.push_back(op.value);
  inside_[op.at()] = 1;
  for (std::size_t i = table_.input_offset_[op.at()]; i < table_.input_offset_[op.at() + 1]; ++i) {
    const StageTable::Input& input = table_.inputs_[i];
    const std::uint32_t readers = ++readers_in_[input.tensor];
    if (!inside_[input.producer]) {
      if (readers == 1) receive(loads, input.tensor);
    } else if (readers == table_.readers_[input.tensor]) {
      keep_inside(loads, input.tensor);
    }
  }
}

void GrowingStage::pop() {
  const std::uint32_t op = members_.back();
  members_.pop_back();
  inside_[op] = 0;
  for (std::size_t i = table_.input_offset_[op]; i < table_.input_offset_[op + 1]; ++i)
    --readers_in_[table_.inputs_[i].tensor];
}

void GrowingStage::receive(StageLoad* loads, std::uint32_t tensor) const {
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::TensorCost& one = table_.tensors_[tensor * modes_ + mode];
    loads[mode].receive_s += one.seconds;
    loads[mode].receive_bytes += one.bytes;
  }
}

void GrowingStage::keep_inside(StageLoad* loads, std::uint32_t tensor) const {
  for (std::size_t mode = 0; mode < modes_; ++mode) {
    const StageTable::TensorCost& one = table_.tensors_[tensor * modes_ + mode];
    StageLoad& load = loads[mode];
    load.send_s -= one.seconds;
    load.send_bytes -= one.bytes;
    if (load.send_s < kCancelled * one.seconds || load.send_bytes < kCancelled * one.bytes) {
      const StageLoad anew = sent_anew(mode);
      load.send_s = anew.send_s;
      load.send_bytes = anew.send_bytes;
    }
  }
}

StageLoad GrowingStage::sent_anew(std::size_t mode) const {
  StageLoad sent;
  for (const std::uint32_t op : members_)
    for (const std::uint32_t tensor : table_.outputs_[op])
      if (readers_in_[tensor] != table_.readers_[tensor]) {
        sent.send_s += table_.tensors_[tensor * modes_ + mode].seconds;
        sent.send_bytes += table_.tensors_[tensor * modes_ + mode].bytes;
      }
  return sent;
}

}  // namespace cleave
