#pragma once
/// Scripts that complete cleave's command line with the Tab key.

#include "cli/command_table.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// Verbs, options, the words that an option can be, shipped names and built-in networks; else paths.
[[nodiscard]] std::string bash_completion(const std::vector<VerbEntry>& table);
[[nodiscard]] std::string zsh_completion(const std::vector<VerbEntry>& table);
[[nodiscard]] std::string fish_completion(const std::vector<VerbEntry>& table);

}  // namespace cleave::cli
