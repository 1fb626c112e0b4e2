#pragma once
/// Rows of tables that are looked up.

#include <cstddef>
#include <cstdint>
#include <string>

namespace cleave::cpu {

/// The row that `index` names in a table of `extent` rows, from the end where it is negative. Throws InputError, with
/// the network and the node that look it up, where there is none.
[[nodiscard]] std::size_t row_of_table(std::int64_t index, std::int64_t extent, const std::string& network,
                                       const std::string& node);

}  // namespace cleave::cpu
