#include "report/reference.hpp"

namespace cleave {

namespace fs = std::filesystem;

namespace {

/// Shipped names and zoo names are words; anything else is a path. A cluster may have changes after a '?'.
bool is_path(const std::string& reference) {
  const std::string name = reference.substr(0, reference.find('?'));
  return !name.starts_with("zoo:") && (name.find('/') != std::string::npos || fs::path(name).has_extension());
}

/// Absolute, without "." and "..". The empty path is the current folder.
fs::path resolved(const fs::path& path) {
  return (path.empty() ? fs::current_path() : fs::absolute(path)).lexically_normal();
}

}  // namespace

std::string seen_from(const fs::path& folder, const std::string& name) {
  if (!is_path(name) || fs::path(name).is_absolute()) return name;
  const std::string relative = resolved(name).lexically_relative(resolved(folder)).generic_string();
  return relative.find('/') == std::string::npos ? "./" + relative : relative;
}

std::string seen_here(const fs::path& folder, const std::string& name) {
  if (!is_path(name) || fs::path(name).is_absolute()) return name;
  return (folder / name).lexically_normal().generic_string();
}

}  // namespace cleave
