#include "runtime/cim/cell_noise.hpp"

#include <cmath>
#include <numbers>

namespace cleave::cim {
namespace {

/// The mixing function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// In (0, 1].
double uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 1) * 0x1p-53; }

}  // namespace

double pair_sigma(const Crossbar& crossbar, const CellNoise& noise) {
  return noise.sigma * std::numbers::sqrt2 * crossbar.largest_digit(0);
}

double pair_deviation(const Crossbar& crossbar, const CellNoise& noise, int slice, std::int64_t row,
                      std::int64_t column) {
  std::uint64_t state = mixed(noise.seed);
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(slice), static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(column)})
    state = mixed(state ^ part);
  // Box and Muller, 1958.
  const double radius = std::sqrt(-2 * std::log(uniform(state)));
  return pair_sigma(crossbar, noise) * radius * std::cos(2 * std::numbers::pi * uniform(mixed(state)));
}

}  // namespace cleave::cim
