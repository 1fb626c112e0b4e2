#include "report/fingerprint.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace cleave {
namespace {

class Digest {
 public:
  template <class... Parts>
  void add(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::memory_buffer line;
    fmt::format_to(std::back_inserter(line), format, std::forward<Parts>(parts)...);
    line.push_back('\n');
    hash_ = fnv1a(std::string_view(line.data(), line.size()), hash_);
  }
  void add(const Quantity& quantity) { add("{}", round_trip(quantity.value)); }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = fnv1a("");
};

void add(Digest& digest, const Operator& op) {
  const Window& w = op.window;
  digest.add("{} {} {} {} {} {}", op.name, name_of(op.kind), op.gemm.m, op.gemm.k, op.gemm.n, op.gemm.groups);
  digest.add("{} {} {} {} {} {} {} {} {} {}", w.in_h, w.in_w, w.in_c, w.kernel_h, w.kernel_w, w.stride_h, w.stride_w,
             w.out_h, w.out_w, w.out_c);
  digest.add("{} {} {}", op.macs, op.flops, op.parameters);
  for (const TensorId input : op.inputs) digest.add("in {}", input.value);
  for (const TensorId output : op.outputs) digest.add("out {}", output.value);
}

void add(Digest& digest, const Wire& wire) {
  for (const Quantity* number :
       {&wire.bytes_per_s, &wire.latency_s, &wire.j_per_byte, &wire.packet_bytes, &wire.packet_overhead_bytes})
    digest.add(*number);
}

/// Plans do not depend on it.
bool is_of_purchase(const std::string& field) { return field == "cost_usd" || field == "area_mm2"; }

void add(Digest& digest, const DeviceClass& device) {
  digest.add("{} {} {}", device.name, device.count, name_of(device.precision));
  digest.add(device.idle_w);
  if (device.memory_bytes) digest.add(*device.memory_bytes);
  if (device.port) {
    digest.add(device.port->bytes_per_s);
    digest.add(device.port->latency_s);
    digest.add(device.port->j_per_byte);
    digest.add("{} {}", device.port->full_duplex, device.port->overlap);
  }
  if (!device.host.empty()) digest.add("host {}", device.host);
  if (!device.replicate) digest.add("one device a stage");
  if (!device.profile) return;
  digest.add("{}", name_of(device.profile->kind));
  for (const auto& [field, quantity] : device.profile->numbers)
    if (!is_of_purchase(field)) digest.add("{} {}", field, round_trip(quantity.value));
  for (const auto& [field, choice] : device.profile->choices) digest.add("{} {}", field, choice);
}

}  // namespace

std::string fingerprint(const Network& network) {
  Digest digest;
  digest.add("batch {}", network.batch);
  for (const Operator& op : network.operators) add(digest, op);
  for (const NetworkTensor& tensor : network.tensors)
    digest.add("{} {} {} {}", tensor.elements, tensor.leaves, round_trip(tensor.bytes.value_or(-1)),
               round_trip(tensor.transfer_s.value_or(-1)));
  for (const auto& costs : network.measured)
    for (const auto& [device, cost] : costs)
      digest.add("{} {} {} {}", device, round_trip(cost.seconds), round_trip(cost.joules), round_trip(cost.bytes));
  return digest.text();
}

std::string fingerprint(const Cluster& cluster) {
  Digest digest;
  for (const DeviceClass& device : cluster.classes) add(digest, device);
  if (cluster.links && cluster.links->empty()) digest.add("no links left");
  if (cluster.links)
    for (const Link& link : *cluster.links) {
      digest.add("link {} {}", link.one.value, link.other.value);
      add(digest, link.wire);
    }
  for (const HostNetwork& network : cluster.networks) {
    digest.add("network {} {}", network.one, network.other);
    add(digest, network.wire);
  }
  for (const SharedLink& link : cluster.shared_links) {
    digest.add("shared {} {} {}", link.name, link.full_duplex, link.inside);
    for (const ClassId member : link.members) digest.add("member {}", member.value);
    add(digest, link.wire);
  }
  return digest.text();
}

}  // namespace cleave
