#pragma once
/// Programmed cells that are not what they should be.

#include "runtime/cim/crossbar.hpp"
#include "runtime/cim/packed_array.hpp"

#include <cstdint>

namespace cleave::cim {

/// Standard deviation of a pair of cells, in digits.
[[nodiscard]] double pair_sigma(const Crossbar& crossbar, const CellNoise& noise);
/// How far one pair of cells is off, in digits.
[[nodiscard]] double pair_deviation(const Crossbar& crossbar, const CellNoise& noise, int slice, std::int64_t row,
                                    std::int64_t column);

}  // namespace cleave::cim
