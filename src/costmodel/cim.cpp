#include "costmodel/cim.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Copies are made per sample, so that a larger batch needs no more arrays.
std::int64_t copies_of(const Work& work, const CimParameters& device) {
  const std::int64_t positions = work.window.out_h * work.window.out_w;
  if (device.vectors_per_copy == 0 || work.kind != OpKind::conv || positions == 0) return 1;
  return ceil_div(positions, device.vectors_per_copy);
}

/// The rest of an operator (activation, pooling, sums) on the digital unit.
CostPart digital_part(double flops, const CimParameters& device) {
  return {"digital", flops / device.digital_flop_per_s, flops * device.digital_j_per_flop};
}

CostPart moving_part(const char* name, double bytes, double bytes_per_s, double j_per_byte) {
  return {name, bytes / bytes_per_s, bytes * j_per_byte};
}

OperatorCost digital_cost(const Work& work, const CimParameters& device) {
  const double bytes = work.input_bytes + work.output_bytes;
  OperatorCost cost = sum_of({{"launch", device.launch_s, 0},
                              moving_part("buffer", bytes, device.buffer_bytes_per_s, device.buffer_j_per_byte),
                              digital_part(work.total_flops(), device)});
  cost.bytes = bytes;
  cost.weight_bytes = work.parameters * static_cast<double>(device.weight_bits) / 8;
  return cost;
}

/// Sizes that the time and the energy of a product are made of.
struct Counts {
  double vectors = 0;      ///< per group
  double steps = 0;        ///< input steps and row groups per vector
  double conversions = 0;  ///< of all groups
  double row_drives = 0;
  double cell_reads = 0;
  double io_bytes = 0;  ///< between buffers and arrays
};

Counts counts_of(const Work& work, const CimParameters& device, const CimMapping& map) {
  const auto m = static_cast<double>(work.gemm.m), k = static_cast<double>(work.gemm.k);
  const auto groups = static_cast<double>(work.gemm.groups), columns = static_cast<double>(map.columns);
  const auto input_steps = static_cast<double>(ceil_div(device.input_bits, device.dac_bits));
  const auto row_groups = static_cast<double>(ceil_div(std::min(work.gemm.k, device.array_rows), device.rows_active));
  const double io_elements = (m * k + m * static_cast<double>(work.gemm.n)) * groups;
  return {.vectors = m,
          .steps = input_steps * row_groups,
          .conversions = m * static_cast<double>(map.row_blocks) * columns * groups * input_steps * row_groups,
          .row_drives = m * k * groups * input_steps * static_cast<double>(map.column_blocks),
          .cell_reads = m * k * columns * groups * input_steps,
          .io_bytes = io_elements * static_cast<double>(device.input_bits) / 8};
}

}  // namespace

double converter_seconds(double vectors, double copies, std::int64_t input_steps, std::int64_t columns_per_adc,
                         double conversion_s) {
  return vectors / copies * static_cast<double>(input_steps) * static_cast<double>(columns_per_adc) * conversion_s;
}

CimMapping cim_mapping(const Work& work, const CimParameters& device) {
  const auto [m, k, n, groups] = work.gemm;
  CimMapping map;
  map.columns = n * ceil_div(device.weight_bits, device.cell_bits);
  map.row_blocks = ceil_div(k, device.array_rows);
  map.column_blocks = ceil_div(map.columns, device.array_cols);
  map.groups_per_array = std::max<std::int64_t>(1, std::min(device.array_rows / k, device.array_cols / map.columns));
  map.copies = copies_of(work, device);
  map.arrays = static_cast<double>(map.row_blocks * map.column_blocks) *
               static_cast<double>(ceil_div(groups, map.groups_per_array) * map.copies);
  return map;
}

CimParameters cim_parameters(const Profile& profile) {
  const auto at = [&](const char* name) { return profile.number(name); };
  const auto whole = [&](const char* name) { return static_cast<std::int64_t>(profile.number(name)); };
  const std::string& cell = profile.choices.at("cell");
  return {.launch_s = at("launch_s"),
          .array_rows = whole("array_rows"),
          .array_cols = whole("array_cols"),
          .arrays = whole("arrays"),
          .cell_bits = whole("cell_bits"),
          .weight_bits = whole("weight_bits"),
          .input_bits = whole("input_bits"),
          .dac_bits = whole("dac_bits"),
          .rows_active = whole("rows_active"),
          .columns_per_adc = whole("columns_per_adc"),
          .conversion_s = at("conversion_s"),
          .read_s = at("read_s"),
          .accumulate_fraction = at("accumulate_fraction"),
          .vectors_per_copy = profile.numbers.contains("vectors_per_copy") ? whole("vectors_per_copy") : 0,
          .adc_j = at("adc_j"),
          .driver_j = at("driver_j"),
          .cell_j = at("cell_j"),
          .accumulate_j = at("accumulate_j"),
          .buffer_bytes_per_s = at("buffer_bytes_per_s"),
          .buffer_scaling = at("buffer_scaling"),
          .buffer_j_per_byte = at("buffer_j_per_byte"),
          .interconnect_bytes_per_s = at("interconnect_bytes_per_s"),
          .interconnect_scaling = at("interconnect_scaling"),
          .interconnect_j_per_byte = at("interconnect_j_per_byte"),
          .digital_flop_per_s = at("digital_flop_per_s"),
          .digital_j_per_flop = at("digital_j_per_flop"),
          .nonvolatile = cell != "sram" && cell != "dsram"};
}

OperatorCost cim_cost(const Work& work, const CimParameters& device) {
  if (work.kind == OpKind::matmul)
    return cannot(device.nonvolatile ? "dynamic operands on NVM crossbar"
                                     : "dynamic operands: its arrays hold constant weights");
  if (work.kind == OpKind::lookup) return cannot("no memory for tables: its arrays multiply");
  if (!work.is_product()) return digital_cost(work, device);
  const CimMapping map = cim_mapping(work, device);
  const Counts n = counts_of(work, device, map);
  const auto copies = static_cast<double>(map.copies), blocks = static_cast<double>(map.row_blocks);
  const double adc_s = converter_seconds(n.vectors, copies, static_cast<std::int64_t>(n.steps), device.columns_per_adc,
                                         device.conversion_s);
  OperatorCost cost =
      sum_of({{"launch", device.launch_s, 0},
              {"array", n.vectors / copies * n.steps * device.read_s,
               n.row_drives * device.driver_j + n.cell_reads * device.cell_j},
              {"adc", adc_s, n.conversions * device.adc_j},
              {"accumulate", adc_s * device.accumulate_fraction, n.conversions * device.accumulate_j},
              moving_part("buffer", n.io_bytes, device.buffer_bytes_per_s * std::pow(blocks, device.buffer_scaling),
                          device.buffer_j_per_byte),
              moving_part("interconnect", n.io_bytes,
                          device.interconnect_bytes_per_s * std::pow(blocks, device.interconnect_scaling),
                          device.interconnect_j_per_byte),
              digital_part(work.flops, device)});
  cost.bytes = n.io_bytes;
  cost.weight_bytes = map.arrays * device.array_bytes();
  return cost;
}

}  // namespace cleave
