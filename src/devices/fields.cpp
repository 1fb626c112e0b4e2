#include "devices/fields.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

using enum Range;
constexpr auto required = Field::Presence::required;
constexpr auto defaulted = Field::Presence::defaulted;
constexpr auto optional = Field::Presence::optional;

std::vector<Field> with_common(std::vector<Field> own) {
  std::vector<Field> fields = {
      {"idle_w", "W", non_negative, required, 0, "drawn while powered, busy or not"},
      {"launch_s", "s", non_negative, defaulted, 0, "fixed time of each operator"},
      {"stage_launch_s", "s", non_negative, defaulted, 0, "fixed time of each stage and batch"},
      {"stage_launch_j", "J", non_negative, defaulted, 0, "fixed energy of each stage and batch"},
      {"memory_bytes", "B", positive, optional, 0,
       "holds weights, live activations and pipeline buffers (absent: unlimited)"},
      {"cost_usd", "USD", non_negative, optional, 0, "price of a device; for --max-cost"},
      {"area_mm2", "mm2", non_negative, optional, 0, "silicon area of a device; for --max-area"},
  };
  fields.insert(fields.end(), own.begin(), own.end());
  return fields;
}

std::vector<Field> roofline_fields() {
  return with_common({
      {"peak_*_flop_per_s", "1/s", positive, required, 0, "peak arithmetic rate (a multiply-accumulate is 2)"},
      {"j_per_flop_*", "J", non_negative, required, 0, "energy of one arithmetic operation above idle"},
      {"memory_bytes_per_s", "B/s", positive, required, 0,
       "peak bandwidth of the memory that holds weights and activations"},
      {"memory_j_per_byte", "J/B", non_negative, required, 0, "energy of moving a byte to or from that memory"},
      {"memory_efficiency", "1", fraction, defaulted, 1, "share of the peak bandwidth that is reached"},
      {"cache_bytes", "B", positive, optional, 0,
       "last-level cache: weights of networks that go through half of it or less stay there, through all of it none "
       "(absent: none stay)"},
      {"gemm_efficiency_*", "1", positive, defaulted, 1, "share of the peak that large matrix products reach"},
      {"conv_efficiency_*", "1", positive, defaulted, 1,
       "the same for convolutions; above 1 where the algorithm saves arithmetic"},
      {"depthwise_efficiency_*", "1", positive, defaulted, 0.1,
       "the same for depthwise convolutions: one input channel a group"},
      {"other_efficiency_*", "1", positive, defaulted, 0.05, "the same for all other arithmetic"},
      {"m0", "1", non_negative, defaulted, 0, "rows m at which half the efficiency is reached, u = m/(m+m0)"},
      {"n0", "1", non_negative, defaulted, 0, "columns n at which half the efficiency is reached"},
      {"k0", "1", non_negative, defaulted, 0, "inner length k at which half the efficiency is reached"},
      {"overlap_p", "1", at_least_one, defaulted, 4,
       "exponent p of (compute^p + memory^p)^(1/p): 1 serial, large: max"},
      {"conv1x1_gain_*", "1", positive, defaulted, 1, "what 1x1 convolutions reach of conv_efficiency"},
      {"conv3x3_gain_*", "1", positive, defaulted, 1, "what 3x3 convolutions of stride 1 reach of it"},
      {"winograd_tile", "1", count, defaulted, 1,
       "they are computed in tiles of this side, whole ones, from (winograd_tile + 2)^2 weights (1: not in tiles)"},
      {"winograd_channels", "1", count, defaulted, 1,
       "conv3x3_gain is of those whose input and output channels are multiples of this"},
      {"winograd_tiles", "1", count, defaulted, 1, "and that have at least so many tiles"},
      {"pool_gain_*", "1", positive, defaulted, 1, "what pooling reaches of other_efficiency"},
      {"softmax_gain_*", "1", positive, defaulted, 1, "what softmax reaches of it"},
      {"normalization_gain_*", "1", positive, defaulted, 1, "what normalization reaches of it"},
      {"gemm_launch_*_s", "s", non_negative, optional, 0, "launch_s of matrix products (absent: launch_s)"},
      {"gemm_memory_efficiency_*", "1", positive, optional, 0,
       "memory_efficiency of matrix products; above 1 where caches serve them (absent: memory_efficiency)"},
      {"gemm_weight_memory_efficiency_*", "1", positive, optional, 0,
       "the same for their weights (absent: as for what else they read)"},
      {"gemm_cached_weight_memory_efficiency_*", "1", positive, optional, 0,
       "the same for weights that stay in the cache, no less (absent: as for weights that do not)"},
      {"gemm_other_efficiency_*", "1", positive, optional, 0,
       "other_efficiency of what is merged into matrix products (absent: other_efficiency)"},
      {"gemm_m0_*", "1", non_negative, optional, 0, "m0 of matrix products (absent: m0)"},
      {"gemm_n0_*", "1", non_negative, optional, 0, "n0 of them (absent: n0)"},
      {"gemm_k0_*", "1", non_negative, optional, 0, "k0 of them (absent: k0)"},
      {"gemm_inner_step_*_s", "s", non_negative, optional, 0,
       "a step of the sum over k that makes a result of them: none is sooner than k steps (absent: 0)"},
      {"gemm_overlap_p_*", "1", at_least_one, optional, 0, "overlap_p of them (absent: overlap_p)"},
      {"conv_launch_*_s", "s", non_negative, optional, 0, "the same ten for convolutions"},
      {"conv_memory_efficiency_*", "1", positive, optional, 0, "memory_efficiency of convolutions"},
      {"conv_weight_memory_efficiency_*", "1", positive, optional, 0, "the same for their weights"},
      {"conv_cached_weight_memory_efficiency_*", "1", positive, optional, 0, "the same for those in the cache"},
      {"conv_other_efficiency_*", "1", positive, optional, 0, "other_efficiency of what is merged into them"},
      {"conv_m0_*", "1", non_negative, optional, 0, "m0 of convolutions"},
      {"conv_n0_*", "1", non_negative, optional, 0, "n0 of convolutions"},
      {"conv_k0_*", "1", non_negative, optional, 0, "k0 of convolutions"},
      {"conv_c0_*", "1", non_negative, optional, 0,
       "input channels c of a group at which half the efficiency is reached (absent: 0)"},
      {"conv_inner_step_*_s", "s", non_negative, optional, 0, "gemm_inner_step_*_s of convolutions"},
      {"conv_overlap_p_*", "1", at_least_one, optional, 0, "overlap_p of convolutions"},
      {"other_launch_*_s", "s", non_negative, optional, 0, "launch_s of all other operators"},
      {"other_memory_efficiency_*", "1", positive, optional, 0, "memory_efficiency of all other operators"},
      {"matrix_rows", "1", non_negative, defaulted, 0,
       "products with constant weights, 1x1 convolutions among them, are of a class of their own, computed by matrix "
       "instructions, from so many rows on (0: none are)"},
      {"matrix_side", "1", count, defaulted, 1, "that have at least so many columns, and inner length"},
      {"matrix_weights", "1", count, defaulted, 1, "at least so many weights"},
      {"matrix_columns", "1", count, defaulted, 1, "and columns in multiples of this"},
      {"matrix_efficiency_*", "1", positive, optional, 0,
       "share of the peak that they reach (absent: gemm_efficiency)"},
      {"matrix_launch_*_s", "s", non_negative, optional, 0,
       "the same ten for them as for other products (absent: launch_s, not gemm_launch_*_s; so with the others)"},
      {"matrix_memory_efficiency_*", "1", positive, optional, 0,
       "memory_efficiency of them (absent: memory_efficiency)"},
      {"matrix_weight_memory_efficiency_*", "1", positive, optional, 0, "the same for their weights"},
      {"matrix_cached_weight_memory_efficiency_*", "1", positive, optional, 0, "the same for those in the cache"},
      {"matrix_other_efficiency_*", "1", positive, optional, 0, "other_efficiency of what is merged into them"},
      {"matrix_m0_*", "1", non_negative, optional, 0, "m0 of them (absent: m0)"},
      {"matrix_n0_*", "1", non_negative, optional, 0, "n0 of them (absent: n0)"},
      {"matrix_k0_*", "1", non_negative, optional, 0, "k0 of them (absent: k0)"},
      {"matrix_inner_step_*_s", "s", non_negative, optional, 0, "the same step of them"},
      {"matrix_overlap_p_*", "1", at_least_one, optional, 0, "overlap_p of them (absent: overlap_p)"},
  });
}

std::vector<Field> npu_fields() {
  return with_common({
      {"rows", "1", count, required, 0, "rows R of the array"},
      {"cols", "1", count, required, 0, "columns C of the array"},
      {"clock_hz", "Hz", positive, required, 0, "clock of the array"},
      {"mac_j_*", "J", non_negative, required, 0, "energy of one multiply-accumulate in the array"},
      {"vector_flop_per_s", "1/s", positive, required, 0, "rate of the unit that runs what is no matrix product"},
      {"vector_j_per_flop", "J", non_negative, required, 0, "energy of one operation there"},
      {"sram_bytes", "B", positive, required, 0, "double-buffered on-chip memory for tiles; half of it is usable"},
      {"sram_j_per_byte", "J/B", non_negative, required, 0, "energy of moving a byte to or from it"},
      {"accumulator_bytes", "B", positive, optional, 0, "holds partial sums (absent: half of sram_bytes)"},
      {"activation_sram_bytes", "B", non_negative, defaulted, 0,
       "inputs and outputs of an operator that fit in it cause no memory traffic"},
      {"memory_bytes_per_s", "B/s", positive, required, 0, "bandwidth of the memory behind the on-chip one"},
      {"memory_j_per_byte", "J/B", non_negative, required, 0, "energy of moving a byte to or from it"},
      {"weight_cache_bytes", "B", positive, optional, 0,
       "weights that stay on chip between batches (absent: all are streamed from memory)"},
      {"reload_s_per_byte", "s/B", non_negative, defaulted, 0,
       "time to reload what exceeds the weight cache (0: it must fit)"},
      {"reload_j_per_byte", "J/B", non_negative, defaulted, 0, "energy of that"},
      {"reload_port_gain", "1", non_negative, defaulted, 0,
       "reloaded weights come from the host, at most at this times the bandwidth of the cluster's port (0: from beside "
       "the chip)"},
  });
}

std::vector<Field> cim_fields() {
  return with_common({
      {"array_rows", "1", count, required, 0, "rows of one crossbar array"},
      {"array_cols", "1", count, required, 0, "columns of one crossbar array"},
      {"arrays", "1", count, required, 0, "arrays of the chip"},
      {"cell_bits", "bit", count, required, 0, "weight bits that one cell holds"},
      {"weight_bits", "bit", count, required, 0, "bits of a weight, sliced over ceil(weight_bits/cell_bits) columns"},
      {"input_bits", "bit", count, required, 0, "bits of an input"},
      {"dac_bits", "bit", count, required, 0, "input bits applied at once"},
      {"rows_active", "1", count, required, 0, "rows that are read at once"},
      {"columns_per_adc", "1", count, required, 0, "columns that share one converter"},
      {"adc_bits", "bit", count, required, 0, "resolution of a conversion"},
      {"cell_sigma", "1", share, defaulted, 0,
       "standard deviation of a programmed cell, as a share of its largest value; costs nothing, cleave run emulates "
       "it"},
      {"supply_v", "V", positive, optional, 0,
       "supply at which times and energies hold; they follow where it is varied (absent: it cannot be)"},
      {"threshold_v", "V", positive, optional, 0, "of the transistors: how times follow the supply"},
      {"conversion_s", "s", positive, required, 0, "time of one conversion"},
      {"read_s", "s", non_negative, defaulted, 0,
       "time of applying inputs and settling, once per input step and row group"},
      {"accumulate_fraction", "1", non_negative, defaulted, 0,
       "time of shift-and-add after conversion, as a share of it"},
      {"vectors_per_copy", "1", count, optional, 0,
       "weights of a convolution are copied until no copy sees more input vectors per sample than this (absent: one "
       "copy; with tile_side: not used)"},
      {"tile_side", "1", count, optional, 0,
       "arrays along the side of a tile; operators take whole tiles and fill them with copies of their weights "
       "(absent: "
       "single arrays)"},
      {"unrolled_side", "1", count, optional, 0,
       "the same for each position of an unrolled kernel: convolutions larger than 1x1 of at least array_rows / 2 "
       "channels (absent: no kernel is unrolled)"},
      {"unrolled_accumulate_s", "s", non_negative, defaulted, 0,
       "time of adding up the positions of an unrolled kernel, for each input vector"},
      {"adc_j", "J", non_negative, required, 0, "energy of one conversion"},
      {"adc_cell_j", "J", non_negative, defaulted, 0, "energy that each cell of a column adds to its conversion"},
      {"driver_j", "J", non_negative, required, 0, "energy of driving one row for one input step"},
      {"column_j", "J", non_negative, defaulted, 0, "energy of switching one column for one conversion"},
      {"cell_j", "J", non_negative, defaulted, 0, "energy of one cell for one input step"},
      {"accumulate_j", "J", non_negative, defaulted, 0, "energy of one shift-and-add"},
      {"buffer_bytes_per_s", "B/s", positive, required, 0, "bandwidth between buffers and one row block of arrays"},
      {"buffer_scaling", "1", share, defaulted, 0,
       "r row blocks have r^this times that bandwidth (0: shared, 1: a buffer each)"},
      {"buffer_j_per_byte", "J/B", non_negative, required, 0, "energy of that"},
      {"buffer_out_bytes_per_s", "B/s", positive, optional, 0,
       "the same for what leaves the arrays, of one column of tiles (absent: as for what enters)"},
      {"unrolled_buffer_bytes_per_s", "B/s", positive, optional, 0,
       "what enters the arrays of unrolled kernels (absent: as for others)"},
      {"unrolled_buffer_out_bytes_per_s", "B/s", positive, optional, 0,
       "what leaves them (absent: as what enters them, and where that is absent, too, as what leaves others)"},
      {"interconnect_bytes_per_s", "B/s", positive, required, 0,
       "bandwidth of the network on chip for one row block of arrays"},
      {"interconnect_scaling", "1", share, defaulted, 0, "the same exponent for it"},
      {"interconnect_j_per_byte", "J/B", non_negative, required, 0,
       "energy of that, to one column of tiles; to t of them (1 + t) / 2 times as much"},
      {"interconnect_out_bytes_per_s", "B/s", positive, optional, 0, "what leaves the arrays, of one column of tiles"},
      {"interconnect_out_j_per_byte", "J/B", non_negative, optional, 0, "energy of that"},
      {"unrolled_interconnect_bytes_per_s", "B/s", positive, optional, 0,
       "the same for unrolled kernels (absent: as for others)"},
      {"unrolled_interconnect_j_per_byte", "J/B", non_negative, optional, 0, "energy of that"},
      {"unrolled_interconnect_out_bytes_per_s", "B/s", positive, optional, 0,
       "what leaves their arrays (absent: as for the buffer)"},
      {"unrolled_interconnect_out_j_per_byte", "J/B", non_negative, optional, 0, "energy of that"},
      {"digital_flop_per_s", "1/s", positive, required, 0, "rate of the unit that runs what is no matrix product"},
      {"digital_j_per_flop", "J", non_negative, required, 0, "energy of one operation there"},
      {"reload_s_per_byte", "s/B", non_negative, defaulted, 0,
       "time to rewrite arrays with weights that do not fit (0: written at deployment only, must fit)"},
      {"reload_j_per_byte", "J/B", non_negative, defaulted, 0, "energy of that"},
      {"reload_port_gain", "1", non_negative, defaulted, 0,
       "reloaded weights come from the host, at most at this times the bandwidth of the cluster's port (0: from beside "
       "the chip)"},
  });
}

std::vector<Field> parallel_fields() {
  return with_common({
      {"peak_*_flop_per_s", "1/s", positive, required, 0,
       "arithmetic rate of filled loops (a multiply-accumulate is 2)"},
      {"j_per_flop_*", "J", non_negative, required, 0, "energy of one arithmetic operation above idle"},
      {"memory_bytes_per_s", "B/s", positive, required, 0, "bandwidth that is reached to weights and activations"},
      {"memory_j_per_byte", "J/B", non_negative, required, 0, "energy of moving a byte to or from that memory"},
      {"out_c_unroll", "1", count, defaulted, 1, "output channels computed at once"},
      {"out_c_padding", "1", share, defaulted, 1, "share of the steps that do not fill them that is paid"},
      {"in_c_unroll", "1", count, defaulted, 1, "input channels at once"},
      {"in_c_padding", "1", share, defaulted, 1, "share that is paid of what does not fill them"},
      {"out_h_unroll", "1", count, defaulted, 1, "output rows at once"},
      {"out_h_padding", "1", share, defaulted, 1, "share that is paid of what does not fill them"},
      {"out_w_unroll", "1", count, defaulted, 1, "output columns at once"},
      {"out_w_padding", "1", share, defaulted, 1, "share that is paid of what does not fill them"},
      {"batch_unroll", "1", count, defaulted, 1, "samples computed at once; fewer take as long"},
      {"depthwise_efficiency_*", "1", fraction, defaulted, 0.1, "share of the peak that depthwise convolutions reach"},
      {"other_efficiency_*", "1", fraction, defaulted, 0.05, "the same for all other arithmetic"},
  });
}

std::vector<Field> pim_fields() {
  return with_common({
      {"units", "1", count, required, 0, "processing units, each beside its own bank"},
      {"unit_*_mac_per_s", "1/s", positive, required, 0, "multiply-accumulates of one unit"},
      {"mac_j_*", "J", non_negative, required, 0, "energy of one multiply-accumulate"},
      {"unit_flop_per_s", "1/s", positive, required, 0, "rate of one unit for what is no matrix product"},
      {"flop_j", "J", non_negative, required, 0, "energy of one such operation"},
      {"unit_bytes_per_s", "B/s", positive, required, 0, "bandwidth between a unit and its bank"},
      {"bank_j_per_byte", "J/B", non_negative, required, 0, "energy of that"},
      {"vectors_per_read", "1", count, defaulted, 1, "input vectors that share one pass over the weights"},
      {"exchange_bytes_per_s", "B/s", positive, required, 0,
       "bandwidth at which inputs reach the units and outputs leave them, all units together"},
      {"exchange_j_per_byte", "J/B", non_negative, required, 0, "energy of that"},
      {"input_copies", "1", count, defaulted, 1, "copies of the inputs that are written, where units share none"},
  });
}

}  // namespace

std::span<const Field> fields_of(DeviceKind kind) {
  static const std::vector<Field> roofline = roofline_fields();
  static const std::vector<Field> npu = npu_fields();
  static const std::vector<Field> cim = cim_fields();
  static const std::vector<Field> parallel = parallel_fields();
  static const std::vector<Field> pim = pim_fields();
  switch (kind) {
    case DeviceKind::cpu:
    case DeviceKind::gpu:
      return roofline;
    case DeviceKind::npu:
      return npu;
    case DeviceKind::cim:
      return cim;
    case DeviceKind::fpga:
    case DeviceKind::vpu:
      return parallel;
    case DeviceKind::pim:
      return pim;
  }
  return {};
}

std::span<const ChoiceField> choices_of(DeviceKind kind) {
  static const std::vector<ChoiceField> npu = {
      {"dataflow",
       {"os", "ws", "is", "channel_unrolled"},
       "what stays in the array: outputs, weights, inputs; or channels unrolled over both sides"}};
  static const std::vector<ChoiceField> cim = {
      {"cell", {"rram", "pcm", "flash", "sram", "dsram"}, "what stores a weight"}};
  if (kind == DeviceKind::npu) return npu;
  if (kind == DeviceKind::cim) return cim;
  return {};
}

std::string documentation_of(const Field& field) {
  const auto absent = [&]() -> std::string {
    if (field.presence == required) return "required";
    return field.presence == optional ? "optional" : fmt::format("{}", field.fallback);
  };
  return fmt::format("| `{}` | {} | {} | {} | {} |", field.name, field.unit, description_of(field.range), absent(),
                     field.meaning);
}

std::string with_precision(std::string_view name, Precision precision) {
  std::string text(name);
  const auto star = text.find('*');
  return star == std::string::npos ? text : text.replace(star, 1, name_of(precision));
}

std::vector<std::string> names_of(const Field& field, std::span<const Precision> precisions) {
  if (field.name.find('*') == std::string_view::npos) return {std::string(field.name)};
  std::vector<std::string> names;
  for (const Precision precision : precisions) names.push_back(with_precision(field.name, precision));
  return names;
}

}  // namespace cleave
