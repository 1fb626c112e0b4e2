#pragma once
/// One dimension of a design space, as the command line names it.

#include <string>
#include <string_view>
#include <vector>

namespace cleave {

struct Axis {
  std::string name;                 ///< "batch", or what a change of a cluster may name: "cim.count", "precision"
  std::vector<std::string> values;  ///< in the order given; each once

  /// Devices of a class: one search answers all of its values.
  [[nodiscard]] bool is_count() const { return name.ends_with(".count"); }
  [[nodiscard]] bool is_batch() const { return name == "batch"; }
};

/// Reads `NAME=VALUES`. Values are joined by commas: words, numbers, `low:high` (steps of 1), `low:high:step`, or
/// `low:high*factor`. Throws UsageError: no name, no values, a range that is empty or longer than 10,000.
[[nodiscard]] Axis parse_axis(std::string_view text);

}  // namespace cleave
