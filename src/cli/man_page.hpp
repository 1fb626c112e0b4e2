#pragma once
/// The manual page.

#include "cli/command_table.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// In the man macros of roff, section 1. `footer` are lines about words and exit codes.
[[nodiscard]] std::string man_page(const std::vector<VerbEntry>& table, const std::string& footer,
                                   const std::string& version);

}  // namespace cleave::cli
