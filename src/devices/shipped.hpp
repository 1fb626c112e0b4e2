#pragma once
/// The profiles and clusters that the binary carries (data/, embedded by cmake/Embed.cmake).

#include "base/json_view.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

struct EmbeddedFile {
  std::string_view name;  ///< without folder and extension
  std::string_view text;
};

/// Sorted by name; generated from data/profiles and data/clusters.
[[nodiscard]] std::span<const EmbeddedFile> shipped_profile_files();
[[nodiscard]] std::span<const EmbeddedFile> shipped_cluster_files();

/// A reference is a path when it has a '/' or ends in ".json"; else the name of a shipped file.
[[nodiscard]] bool is_path(std::string_view reference);

/// The file of that name parsed, if there is one; messages call it "NAME (shipped)".
[[nodiscard]] std::optional<JsonView> open_shipped(std::span<const EmbeddedFile> files, std::string_view name);
[[nodiscard]] std::vector<std::string> names_of(std::span<const EmbeddedFile> files);

/// What to do about a name that no shipped file has: names the nearest one.
[[nodiscard]] std::string unknown_name_repair(std::span<const EmbeddedFile> files, std::string_view name);

}  // namespace cleave
