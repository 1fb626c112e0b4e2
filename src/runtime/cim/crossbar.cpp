#include "runtime/cim/crossbar.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cleave::cim {
namespace {

constexpr int kWeightBits = 8, kInputBits = 8, kConverterBits = 21;

int bits(const Profile& profile, const char* field, int least, int most) {
  const auto value = static_cast<std::int64_t>(profile.number(field));
  if (value < least || value > most)
    throw UsageError(
        fmt::format("profile {}: {} {} is not emulated, only {} to {}", profile.name, field, value, least, most));
  return static_cast<int>(value);
}

std::int64_t whole(const Profile& profile, const char* field, std::int64_t fallback) {
  const auto found = profile.numbers.find(field);
  return found == profile.numbers.end() ? fallback : static_cast<std::int64_t>(found->second.value);
}

}  // namespace

int Crossbar::largest_digit(int slice) const {
  return std::min((1 << cell_bits) - 1, largest_weight() >> shift(slice));
}

Crossbar crossbar_of(const Profile& profile) {
  Crossbar crossbar;
  crossbar.array_rows = whole(profile, "array_rows", 1);
  crossbar.rows_active = std::min(crossbar.array_rows, whole(profile, "rows_active", 1));
  crossbar.unrolled_side = whole(profile, "unrolled_side", 0);
  crossbar.weight_bits = bits(profile, "weight_bits", 2, kWeightBits);
  crossbar.input_bits = bits(profile, "input_bits", 1, kInputBits);
  crossbar.adc_bits = bits(profile, "adc_bits", 2, kConverterBits);
  // Cells and converters of inputs are not used beyond what there is to store and to apply.
  crossbar.cell_bits = std::min(bits(profile, "cell_bits", 1, 64), crossbar.weight_bits);
  crossbar.dac_bits = std::min(bits(profile, "dac_bits", 1, 64), crossbar.input_bits);
  const auto sigma = profile.numbers.find("cell_sigma");
  crossbar.cell_sigma = sigma == profile.numbers.end() ? 0 : sigma->second.value;
  const std::string& cell = profile.choices.at("cell");
  crossbar.nonvolatile = cell != "sram" && cell != "dsram";
  return crossbar;
}

std::vector<RowBlock> row_blocks(std::int64_t k, std::int64_t segment, const Crossbar& crossbar) {
  std::vector<RowBlock> blocks;
  for (std::int64_t own = 0; own < k; own += segment)
    for (std::int64_t array = own; array < std::min(k, own + segment); array += crossbar.array_rows) {
      const std::int64_t end = std::min({k, own + segment, array + crossbar.array_rows});
      for (std::int64_t begin = array; begin < end; begin += crossbar.rows_active)
        blocks.push_back({begin, std::min(end, begin + crossbar.rows_active)});
    }
  return blocks;
}

}  // namespace cleave::cim
