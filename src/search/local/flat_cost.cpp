#include "search/local/flat_cost.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::local {
namespace {

std::size_t devices(const CostTable& cost) {
  std::size_t number = 0;
  for (const ClassCost& device : cost.classes) number += static_cast<std::size_t>(device.count);
  return number;
}

std::vector<std::uint32_t> positions(const std::vector<TensorId>& tensors) {
  std::vector<std::uint32_t> found;
  for (const TensorId tensor : tensors) found.push_back(tensor.value);
  return found;
}

}  // namespace

FlatCost::FlatCost(const CostTable& cost)
    : cost_(cost), modes_(cost.modes.size()), most_stages_(std::min(devices(cost), cost.operator_count())) {
  for (const ClassCost& device : cost.classes) memory_limited_ |= std::isfinite(device.memory_bytes);
  for (const TensorUse& tensor : cost.tensors) {
    producer_.push_back(tensor.producer.valid() ? tensor.producer.value : kNone);
    leaves_.push_back(tensor.leaves ? 1 : 0);
  }
  list_operators();
  price_all();
}

void FlatCost::list_operators() {
  for (const OpId op : cost_.inputs.ids()) {
    inputs_.push_back(positions(cost_.inputs[op]));
    outputs_.push_back(positions(cost_.outputs[op]));
    std::vector<std::uint32_t> near;
    for (const TensorId tensor : cost_.inputs[op])
      if (cost_.tensors[tensor].producer.valid()) near.push_back(cost_.tensors[tensor].producer.value);
    for (const TensorId tensor : cost_.outputs[op])
      for (const OpId reader : cost_.tensors[tensor].consumers) near.push_back(reader.value);
    neighbours_.push_back(near);
  }
}

void FlatCost::price_all() {
  for (const OpId op : cost_.inputs.ids())
    for (const ModeId mode : cost_.modes.ids())
      operator_prices_.push_back({cost_.compute_s(op, mode), cost_.compute_j(op, mode), cost_.weight_bytes(op, mode),
                                  cost_.live_bytes(op, mode)});
  for (const TensorId tensor : cost_.tensors.ids())
    for (const ModeId mode : cost_.modes.ids())
      transfer_prices_.push_back(
          {cost_.transfer_s(tensor, mode), cost_.transfer_j(tensor, mode), cost_.transfer_bytes(tensor, mode)});
}

}  // namespace cleave::local
