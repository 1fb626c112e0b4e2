#include "base/text.hpp"
#include "verify/certificate.hpp"

#include <fmt/format.h>

#include <bit>

namespace cleave {
namespace {

class Digest {
 public:
  void add(std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) hash_ = (hash_ ^ ((word >> (8 * byte)) & 0xff)) * 0x100000001b3ULL;
  }
  void add(double number) { add(std::bit_cast<std::uint64_t>(number)); }
  template <class Id>
  void add(const std::vector<Id>& ids) {
    add(std::uint64_t{ids.size()});
    for (const Id id : ids) add(std::uint64_t{id.value});
  }
  template <class Rows, class Columns, class Row, class Column>
  void add(const Table<Row, Column, double>& table, Rows rows, Columns columns) {
    for (const Row row : rows)
      for (const Column column : columns) add(table(row, column));
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = fnv1a("");
};

}  // namespace

std::string problem_digest(const CostTable& cost) {
  Digest digest;
  digest.add(static_cast<std::uint64_t>(cost.batch));
  for (const ClassCost& device : cost.classes) {
    digest.add(static_cast<std::uint64_t>(device.count));
    digest.add(device.idle_w);
    digest.add(device.memory_bytes);
    digest.add(std::uint64_t{device.full_duplex} | std::uint64_t{device.overlap} << 1 |
               std::uint64_t{device.replicate} << 2);
  }
  for (const ModeCost& mode : cost.modes) {
    digest.add(std::uint64_t{mode.device_class.value});
    for (const double number : {mode.stage_launch_s, mode.stage_launch_j, mode.resident_bytes, mode.reload_s_per_byte,
                                mode.reload_j_per_byte})
      digest.add(number);
  }
  for (const OpId op : cost.inputs.ids()) {
    digest.add(cost.inputs[op]);
    digest.add(cost.outputs[op]);
  }
  for (const TensorUse& use : cost.tensors) {
    digest.add(std::uint64_t{use.producer.value});
    digest.add(use.consumers);
    digest.add(std::uint64_t{use.leaves});
  }
  const auto operators = cost.inputs.ids();
  const auto tensors = cost.tensors.ids();
  const auto modes = cost.modes.ids();
  for (const auto* table : {&cost.compute_s, &cost.compute_j, &cost.weight_bytes, &cost.live_bytes})
    digest.add(*table, operators, modes);
  for (const auto* table : {&cost.transfer_s, &cost.transfer_j, &cost.transfer_bytes})
    digest.add(*table, tensors, modes);
  if (cost.links) digest.add(std::uint64_t{cost.links->ports});
  if (cost.links)
    for (const auto* table : {&cost.links->latency_s, &cost.links->s_per_byte, &cost.links->j_per_byte})
      digest.add(*table, cost.classes.ids(), cost.classes.ids());
  if (cost.links)
    for (const SharedLinkCost& link : cost.links->shared) {
      for (const double number : {link.latency_s, link.s_per_byte, link.j_per_byte}) digest.add(number);
      digest.add(std::uint64_t{link.full_duplex} | static_cast<std::uint64_t>(link.inside) << 1);
      for (const char member : link.member) digest.add(static_cast<std::uint64_t>(member));
    }
  return digest.text();
}

}  // namespace cleave
