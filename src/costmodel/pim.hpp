#pragma once
/// Processing in memory: many small units, each beside the bank that holds its share of the weights.
///
///     T = launch_s + max(Tc, Tb) + (input_copies * inputs + outputs) / exchange_bytes_per_s
///     Tc = macs / (units * fill * unit_mac_per_s) + flops / (units * unit_flop_per_s)
///     Tb = weights read / (units * fill * unit_bytes_per_s)       fill = n g / (units * ceil(n g / units))
///
/// Output columns are dealt to the units, so that none needs another's weights; every input vector reads all
/// weights again unless `vectors_per_read` of them share a read. Products of few vectors pay, others do not
/// (Gomez-Luna et al., IEEE Access 10, 2022; Lee et al., ISCA 2021; Lee et al., ISSCC 2022).

#include "costmodel/work.hpp"

namespace cleave {

struct PimParameters {
  double launch_s = 0;
  std::int64_t units = 1;
  double unit_mac_per_s = 1;
  double mac_j = 0;
  double unit_flop_per_s = 1;
  double flop_j = 0;
  double unit_bytes_per_s = 1;
  double j_per_byte = 0;
  std::int64_t vectors_per_read = 1;
  double exchange_bytes_per_s = 1;
  double exchange_j_per_byte = 0;
  std::int64_t input_copies = 1;
};
[[nodiscard]] PimParameters pim_parameters(const Profile& profile, Precision precision);

/// Parts: launch, compute, bank (reads that are not hidden behind it), exchange.
[[nodiscard]] OperatorCost pim_cost(const Work& work, const PimParameters& device);

}  // namespace cleave
