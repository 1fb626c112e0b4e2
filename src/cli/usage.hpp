#pragma once
/// What a command line that cannot be parsed should have been.

#include <CLI/CLI.hpp>

#include <string>

namespace cleave::cli {

/// The trouble is in the file that --config names.
[[nodiscard]] bool from_config(const CLI::ParseError& error);

/// One sentence for a command line or config file that was refused; names the nearest verb or option.
[[nodiscard]] std::string complaint(const CLI::App& app, const CLI::ParseError& error);

/// The options in force of the verb that was chosen, as a file for --config.
[[nodiscard]] std::string config_text(const CLI::App& app);

/// Throws UsageError for an option or argument that is there, but empty, as of a script's variable that is not set.
void refuse_empty_values(const CLI::App& verb);

}  // namespace cleave::cli
