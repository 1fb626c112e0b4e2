#include "costmodel/work.hpp"

#include <algorithm>

namespace cleave {
namespace {

double bytes_of_all(const Network& network, const std::vector<TensorId>& tensors, Precision precision) {
  double bytes = 0;
  for (const TensorId tensor : tensors) bytes += tensor_bytes(network.tensors[tensor], precision);
  return bytes;
}

}  // namespace

double tensor_bytes(const NetworkTensor& tensor, Precision precision) {
  return tensor.bytes ? *tensor.bytes : static_cast<double>(tensor.elements) * bytes_of(precision);
}

Work work_of(const Network& network, OpId id, Precision precision) {
  const Operator& op = network.operators[id];
  const auto parameters = static_cast<double>(op.parameters);
  return {.kind = op.kind,
          .gemm = op.gemm,
          .window = op.window,
          .macs = static_cast<double>(op.macs),
          .flops = static_cast<double>(op.flops),
          .parameters = parameters,
          .weight_bytes = parameters * bytes_of(precision),
          .input_bytes = bytes_of_all(network, op.inputs, precision),
          .output_bytes = bytes_of_all(network, op.outputs, precision),
          .element_bytes = bytes_of(precision)};
}

OperatorCost cannot(std::string reason) {
  OperatorCost cost;
  cost.seconds = kCannot;
  cost.reason = std::move(reason);
  return cost;
}

}  // namespace cleave
