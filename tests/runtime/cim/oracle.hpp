#pragma once
/// A crossbar as its definition says, in plain loops over whole numbers: what the packed kernels must equal.

#include "runtime/cim/crossbar.hpp"
#include "runtime/cim/quantized_weights.hpp"
#include "runtime/cim/read_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace cleave::cim {

/// What a converter says of a partial sum, by its definition.
inline std::int64_t oracle_code(std::int64_t sum, const Converter& converter) {
  if (converter.exact) return sum;
  const double code = std::nearbyint(static_cast<double>(sum) * static_cast<double>(converter.gain));
  return static_cast<std::int64_t>(std::clamp(code, -double(converter.limit), double(converter.limit)));
}

/// Sums of codes of one slice, [vector][column].
inline std::vector<std::int64_t> oracle_read(const std::vector<std::vector<std::uint8_t>>& inputs,
                                             const QuantizedWeights& weights, const std::vector<RowBlock>& blocks,
                                             const Crossbar& crossbar, int slice, const Converter& converter) {
  std::vector<std::int64_t> sums;
  for (const auto& input : inputs)
    for (std::int64_t column = 0; column < weights.columns; ++column) {
      std::int64_t total = 0;
      for (int step = 0; step < crossbar.input_steps(); ++step)
        for (const RowBlock& block : blocks) {
          std::int64_t sum = 0;
          for (std::int64_t row = block.begin; row < block.end; ++row) {
            const int weight = weights.at(row, column);
            const int digit = (std::abs(weight) / (1 << (slice * crossbar.cell_bits))) % (1 << crossbar.cell_bits);
            const int level = (input[std::size_t(row)] / (1 << (step * crossbar.dac_bits))) % (1 << crossbar.dac_bits);
            sum += std::int64_t{level} * (weight < 0 ? -digit : digit);
          }
          total += oracle_code(sum, converter) * (std::int64_t{1} << (step * crossbar.dac_bits));
        }
      sums.push_back(total);
    }
  return sums;
}

}  // namespace cleave::cim
