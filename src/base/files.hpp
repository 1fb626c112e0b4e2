#pragma once
/// Whole files in, whole files out.

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace cleave {

/// The bytes of a file. Throws InputError: missing, a directory, unreadable.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Replaces `path` by `content`, or leaves it as it was: written under a temporary name beside
/// it, then renamed. Makes the folders above it. Links stay, and lead to the new content; devices and pipes are
/// written to. Throws InputError when that fails (read-only folder, full disk).
void write_file(const std::filesystem::path& path, std::string_view content);

/// The same for content that is better streamed than held.
void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);

}  // namespace cleave
