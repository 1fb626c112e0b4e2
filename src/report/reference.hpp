#pragma once
/// How files refer to models and clusters: names of shipped ones, or paths relative to the file.

#include <filesystem>
#include <string>

namespace cleave {

/// How a file in `folder` refers to `name`, which is relative to the current folder.
[[nodiscard]] std::string seen_from(const std::filesystem::path& folder, const std::string& name);

/// The reverse: `name` as found in a file in `folder`.
[[nodiscard]] std::string seen_here(const std::filesystem::path& folder, const std::string& name);

}  // namespace cleave
