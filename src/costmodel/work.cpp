#include "costmodel/work.hpp"

#include <algorithm>
#include <optional>

namespace cleave {
namespace {

double bytes_of_all(const Network& network, const std::vector<TensorId>& tensors, Precision precision) {
  double bytes = 0;
  for (const TensorId tensor : tensors) bytes += tensor_bytes(network.tensors[tensor], precision);
  return bytes;
}

/// Of a row of a layer table, which has no graph: what its own sizes say, as layers between rows (pooling) may not be
/// listed, and the tensor is what the row before wrote.
std::optional<double> own_input_elements(const Network& network, const Operator& op) {
  const Window& w = op.window;
  if (network.graph) return std::nullopt;
  if (op.kind == OpKind::conv && w.in_c > 0)
    return static_cast<double>(network.batch) * static_cast<double>(w.in_h * w.in_w * w.in_c);
  if (op.kind == OpKind::gemm)
    return static_cast<double>(op.gemm.m) * static_cast<double>(op.gemm.k) * static_cast<double>(op.gemm.groups);
  return std::nullopt;
}

double input_bytes(const Network& network, const Operator& op, Precision precision) {
  const auto own = own_input_elements(network, op);
  return own ? *own * bytes_of(precision) : bytes_of_all(network, op.inputs, precision);
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
          .input_bytes = input_bytes(network, op, precision),
          .output_bytes = bytes_of_all(network, op.outputs, precision),
          .element_bytes = bytes_of(precision),
          .batch = static_cast<double>(network.batch)};
}

std::vector<double> live_bytes(const Network& network, Precision precision) {
  const std::size_t count = network.operators.size();
  std::vector<double> live(count, 0);
  for (const NetworkTensor& tensor : network.tensors) {
    const std::size_t first = tensor.producer.valid() ? tensor.producer.at() : 0;
    const std::size_t last = tensor.leaves              ? count - 1
                             : tensor.consumers.empty() ? first
                                                        : tensor.consumers.back().at();
    for (std::size_t at = first; at <= last && at < count; ++at) live[at] += tensor_bytes(tensor, precision);
  }
  return live;
}

OperatorCost cannot(std::string reason) {
  OperatorCost cost;
  cost.seconds = kCannot;
  cost.reason = std::move(reason);
  return cost;
}

}  // namespace cleave
