#pragma once
/// Measured times of operators: what a profile is fitted to.

#include "costmodel/work.hpp"
#include "devices/names.hpp"

#include <cleave/cluster.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

struct Measurement {
  Work work = {};
  Precision precision = Precision::fp32;
  double seconds = 0;
  double variance = 1;        ///< of its error, against that of others
  double weights_cached = 0;  ///< the share of its weights that came from the cache
};

/// Reads a CSV file (docs/formats.md, "Measurements") of times at `precisions`. Throws InputError with line and column.
[[nodiscard]] std::vector<Measurement> read_measurements(const std::string& path,
                                                         std::span<const Precision> precisions = kPrecisions);
/// The same from its text; `file` is what messages call it.
[[nodiscard]] std::vector<Measurement> parse_measurements(std::string_view text, const std::string& file,
                                                          std::span<const Precision> precisions = kPrecisions);

}  // namespace cleave
