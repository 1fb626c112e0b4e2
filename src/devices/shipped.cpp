#include "devices/shipped.hpp"

#include "base/text.hpp"

#include <cleave/cluster.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cleave {

bool is_path(std::string_view reference) {
  return reference.find('/') != std::string_view::npos || reference.ends_with(".json");
}

std::optional<JsonView> open_shipped(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  if (found == files.end()) return std::nullopt;
  return JsonView::parse(found->text, fmt::format("{} (shipped)", name));
}

std::vector<std::string> names_of(std::span<const EmbeddedFile> files) {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : files) names.emplace_back(file.name);
  return names;
}

std::string unknown_name_repair(std::span<const EmbeddedFile> files, std::string_view name) {
  return fmt::format("did you mean \"{}\"? A file is given by a path with a '/' or the ending .json",
                     nearest(name, names_of(files)));
}

std::vector<std::string> shipped_profiles() { return names_of(shipped_profile_files()); }
std::vector<std::string> shipped_clusters() { return names_of(shipped_cluster_files()); }

}  // namespace cleave
