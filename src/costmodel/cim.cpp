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

/// base^exponent, quickly where it is no real power.
double power(double base, double exponent) {
  if (exponent == 0 || base == 1) return 1;
  return exponent == 1 ? base : std::pow(base, exponent);
}

/// Blocks that the chip has no arrays for wait until others are done.
double rounds_of(const CimMapping& map, const CimParameters& device) {
  const auto there = static_cast<double>(device.arrays);
  return map.arrays > there ? ceil_of(map.arrays / there) : 1;
}

/// How many rows and columns of blocks move activations at the same time.
struct Ways {
  double in = 1, out = 1;
};

/// Row blocks have a share of their own, columns of tiles send side by side; what waits for another round does neither.
Ways ways_of(const CimMapping& map, double scaling, double rounds) {
  const double rows = power(static_cast<double>(map.row_blocks), scaling);
  const double columns = static_cast<double>(map.tile_columns);
  return {.in = std::max(1.0, rows / rounds), .out = std::max(1.0, rows * columns / rounds)};
}

/// Inputs go to every column of tiles; each column sends its part of the outputs.
CostPart moving_part(const char* name, const CimPath& path, double in_bytes, double out_bytes, const Ways& ways,
                     double spread) {
  return {name, in_bytes / (path.in_bytes_per_s * ways.in) + out_bytes / (path.out_bytes_per_s * ways.out),
          in_bytes * path.in_j_per_byte * spread + out_bytes * path.out_j_per_byte};
}

OperatorCost digital_cost(const Work& work, const CimParameters& device) {
  const double bytes = work.input_bytes + work.output_bytes;
  OperatorCost cost = sum_of(CostPart{"launch", device.launch_s, 0},
                             moving_part("buffer", device.buffer, work.input_bytes, work.output_bytes, {}, 1),
                             digital_part(work.total_flops(), device));
  cost.bytes = bytes;
  cost.weight_bytes = work.parameters * static_cast<double>(device.weight_bits) / 8;
  return cost;
}

/// Sizes that the time and the energy of a product are made of.
struct Counts {
  double vectors = 0;      ///< per group
  double steps = 0;        ///< per vector: input steps, each for all row groups of an array
  double conversions = 0;  ///< of all groups
  double row_drives = 0;
  double cell_reads = 0;
  double in_bytes = 0;  ///< to the arrays
  double out_bytes = 0;
};

Counts counts_of(const Work& work, const CimParameters& device, const CimMapping& map) {
  const auto m = static_cast<double>(work.gemm.m), k = static_cast<double>(work.gemm.k);
  const auto groups = static_cast<double>(work.gemm.groups), columns = static_cast<double>(map.columns);
  const auto input_steps = static_cast<double>(ceil_div(device.input_bits, device.dac_bits));
  const auto reads_of = [&](std::int64_t rows) {
    return static_cast<double>(ceil_div(std::min(rows, device.array_rows), device.rows_active));
  };
  const double row_groups = reads_of(map.rows);  // of a column, which is converted when its own rows are read
  const double bytes = m * groups * static_cast<double>(device.input_bits) / 8;
  return {.vectors = m,
          .steps = input_steps * (map.groups_per_array == 1 ? row_groups : reads_of(map.rows * map.groups_per_array)),
          .conversions = m * static_cast<double>(map.row_blocks) * columns * groups * input_steps * row_groups,
          .row_drives = m * k * groups * input_steps * static_cast<double>(map.column_blocks),
          .cell_reads = m * k * columns * groups * input_steps,
          // An unrolled kernel passes its inputs on from position to position.
          .in_bytes = bytes * static_cast<double>(map.rows),
          .out_bytes = bytes * static_cast<double>(work.gemm.n)};
}

}  // namespace

CimMapping cim_mapping(const Work& work, const CimParameters& device) {
  const auto [m, k, n, groups] = work.gemm;
  const std::int64_t positions =
      work.kind == OpKind::conv ? std::max<std::int64_t>(1, work.window.kernel_h * work.window.kernel_w) : 1;
  CimMapping map;
  map.unrolled = device.unrolled_side > 0 && positions > 1 && groups == 1 && 2 * (k / positions) >= device.array_rows;
  map.rows = map.unrolled ? k / positions : k;
  const std::int64_t block_rows = ceil_div(map.rows, device.array_rows);
  map.columns = n * ceil_div(device.weight_bits, device.cell_bits);
  map.row_blocks = block_rows * (map.unrolled ? positions : 1);
  map.column_blocks = ceil_div(map.columns, device.array_cols);
  std::int64_t block_columns = map.column_blocks;
  if (groups > 1) {
    map.groups_per_array =
        std::clamp<std::int64_t>(std::min(device.array_rows / k, device.array_cols / map.columns), 1, groups);
    block_columns *= ceil_div(groups, map.groups_per_array);
  }
  const std::int64_t side = map.unrolled ? device.unrolled_side : device.tile_side;
  if (side == 0) {
    map.copies = copies_of(work, device);
    map.arrays = static_cast<double>(map.row_blocks * block_columns * map.copies);
    return map;
  }
  map.tile_columns = ceil_div(block_columns, side);
  map.copies = std::max<std::int64_t>(1, side / block_rows) * std::max<std::int64_t>(1, side / block_columns);
  map.arrays = static_cast<double>(ceil_div(block_rows, side) * map.tile_columns * side * side) *
               static_cast<double>(map.unrolled ? positions : 1);
  return map;
}

namespace {

/// The rates of `name`; those that the profile does not have are those of `otherwise`.
CimPath path_of(const Profile& profile, const std::string& name, const CimPath& otherwise) {
  const auto at = [&](const std::string& field, double fallback) {
    const auto found = profile.numbers.find(name + field);
    return found == profile.numbers.end() ? fallback : found->second.value;
  };
  CimPath path;
  path.in_bytes_per_s = at("_bytes_per_s", otherwise.in_bytes_per_s);
  path.out_bytes_per_s = at("_out_bytes_per_s", at("_bytes_per_s", otherwise.out_bytes_per_s));
  path.in_j_per_byte = at("_j_per_byte", otherwise.in_j_per_byte);
  path.out_j_per_byte = at("_out_j_per_byte", at("_j_per_byte", otherwise.out_j_per_byte));
  return path;
}

}  // namespace

CimParameters cim_parameters(const Profile& profile) {
  const auto at = [&](const char* name) { return profile.number(name); };
  const auto whole = [&](const char* name) { return static_cast<std::int64_t>(profile.number(name)); };
  const auto side = [&](const char* name) { return profile.numbers.contains(name) ? whole(name) : 0; };
  const std::string& cell = profile.choices.at("cell");
  const CimPath buffer = path_of(profile, "buffer", {});
  const CimPath interconnect = path_of(profile, "interconnect", {});
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
          .vectors_per_copy = side("vectors_per_copy"),
          .tile_side = side("tile_side"),
          .unrolled_side = side("unrolled_side"),
          .unrolled_accumulate_s = at("unrolled_accumulate_s"),
          .adc_j = at("adc_j"),
          .adc_cell_j = at("adc_cell_j"),
          .driver_j = at("driver_j"),
          .column_j = at("column_j"),
          .cell_j = at("cell_j"),
          .accumulate_j = at("accumulate_j"),
          .buffer = buffer,
          .unrolled_buffer = path_of(profile, "unrolled_buffer", buffer),
          .interconnect = interconnect,
          .unrolled_interconnect = path_of(profile, "unrolled_interconnect", interconnect),
          .buffer_scaling = at("buffer_scaling"),
          .interconnect_scaling = at("interconnect_scaling"),
          .digital_flop_per_s = at("digital_flop_per_s"),
          .digital_j_per_flop = at("digital_j_per_flop"),
          .nonvolatile = cell != "sram" && cell != "dsram"};
}

const char* dynamic_operands_reason(bool nonvolatile) {
  return nonvolatile ? "dynamic operands on NVM crossbar" : "dynamic operands: its arrays hold constant weights";
}

OperatorCost cim_cost(const Work& work, const CimParameters& device) {
  if (work.kind == OpKind::matmul) return cannot(dynamic_operands_reason(device.nonvolatile));
  if (work.kind == OpKind::lookup) return cannot("no memory for tables: its arrays multiply");
  if (!work.is_product()) return digital_cost(work, device);
  const CimMapping map = cim_mapping(work, device);
  const Counts n = counts_of(work, device, map);
  const auto copies = static_cast<double>(map.copies), tiles = static_cast<double>(map.tile_columns);
  const double rounds = rounds_of(map, device);
  const double adc_s = rounds * converter_seconds(n.vectors, copies, static_cast<std::int64_t>(n.steps),
                                                  device.columns_per_adc, device.conversion_s);
  const double accumulate_s =
      adc_s * device.accumulate_fraction + (map.unrolled ? rounds * n.vectors * device.unrolled_accumulate_s : 0);
  OperatorCost cost =
      sum_of(CostPart{"launch", device.launch_s, 0},
             CostPart{"array", rounds * n.vectors / copies * n.steps * device.read_s,
                      n.row_drives * device.driver_j + n.conversions * device.column_j + n.cell_reads * device.cell_j},
             CostPart{"adc", adc_s, n.conversions * device.adc_j + n.cell_reads * device.adc_cell_j},
             CostPart{"accumulate", accumulate_s, n.conversions * device.accumulate_j},
             moving_part("buffer", map.unrolled ? device.unrolled_buffer : device.buffer, n.in_bytes, n.out_bytes,
                         ways_of(map, device.buffer_scaling, rounds), 1),
             moving_part("interconnect", map.unrolled ? device.unrolled_interconnect : device.interconnect, n.in_bytes,
                         n.out_bytes, ways_of(map, device.interconnect_scaling, rounds), (1 + tiles) / 2),
             digital_part(work.flops, device));
  cost.bytes = n.in_bytes + n.out_bytes;
  cost.weight_bytes = map.arrays * device.array_bytes();
  return cost;
}

}  // namespace cleave
