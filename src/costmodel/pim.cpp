#include "costmodel/pim.hpp"

#include "devices/fields.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// Units that have work, on average: the last round of columns may leave some idle.
double busy_units(const Work& work, const PimParameters& device) {
  if (!work.is_product()) return static_cast<double>(device.units);
  const std::int64_t columns = work.gemm.n * work.gemm.groups;
  return static_cast<double>(columns) / static_cast<double>(ceil_div(columns, device.units));
}

/// What is read from the banks: the stationary operand once for every `vectors_per_read` vectors, or what
/// other operators touch.
double bank_bytes(const Work& work, const PimParameters& device) {
  if (!work.is_product()) return work.input_bytes + work.weight_traffic() + work.output_bytes;
  const Gemm& g = work.gemm;
  const double operand =
      static_cast<double>(g.k) * static_cast<double>(g.n) * static_cast<double>(g.groups) * work.element_bytes;
  return operand * static_cast<double>(ceil_div(g.m, device.vectors_per_read));
}

}  // namespace

PimParameters pim_parameters(const Profile& profile, Precision precision) {
  const auto at = [&](std::string_view name) { return profile.number(with_precision(name, precision)); };
  const auto whole = [&](std::string_view name) { return static_cast<std::int64_t>(at(name)); };
  return {.launch_s = at("launch_s"),
          .units = whole("units"),
          .unit_mac_per_s = at("unit_*_mac_per_s"),
          .mac_j = at("mac_j_*"),
          .unit_flop_per_s = at("unit_flop_per_s"),
          .flop_j = at("flop_j"),
          .unit_bytes_per_s = at("unit_bytes_per_s"),
          .j_per_byte = at("bank_j_per_byte"),
          .vectors_per_read = whole("vectors_per_read"),
          .exchange_bytes_per_s = at("exchange_bytes_per_s"),
          .exchange_j_per_byte = at("exchange_j_per_byte"),
          .input_copies = whole("input_copies")};
}

OperatorCost pim_cost(const Work& work, const PimParameters& device) {
  const double busy = busy_units(work, device);
  const double bank = bank_bytes(work, device);
  const double moved = static_cast<double>(device.input_copies) * work.input_bytes + work.output_bytes;
  const double compute_s = work.macs / (busy * device.unit_mac_per_s) +
                           work.flops / (static_cast<double>(device.units) * device.unit_flop_per_s);
  const double bank_s = bank / (busy * device.unit_bytes_per_s);
  OperatorCost cost =
      sum_of(CostPart{"launch", device.launch_s, 0},
             CostPart{"compute", compute_s, work.macs * device.mac_j + work.flops * device.flop_j},
             CostPart{"bank", std::max(0.0, bank_s - compute_s), bank * device.j_per_byte},
             CostPart{"exchange", moved / device.exchange_bytes_per_s, moved * device.exchange_j_per_byte});
  if (cost.limit == "compute" && bank_s > compute_s) cost.limit = "bank";
  cost.bytes = bank + moved;
  cost.weight_bytes = work.weight_bytes;
  return cost;
}

}  // namespace cleave
