#pragma once
/// Whole files in, whole files out.

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// The bytes of a file. Throws InputError: missing, a directory, a device, unreadable.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Files that appear together: each is written under a temporary name beside its own, and all are renamed when all are
/// there. Devices and pipes are written to at once.
class FileSet {
 public:
  using Writer = std::function<void(std::ostream&)>;

  FileSet() = default;
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;
  ~FileSet();  ///< removes what was not committed

  /// Makes the folders above it. Throws InputError when writing fails (read-only folder, full disk).
  void write(const std::filesystem::path& path, const Writer& write);
  void write(const std::filesystem::path& path, std::string_view content);
  void commit();

 private:
  struct Pending {
    std::filesystem::path path;
    std::filesystem::path target;  ///< where links lead
    std::filesystem::path temporary;
  };
  std::vector<Pending> pending_;
};

/// Replaces `path` by `content`, or leaves it as it was: written under a temporary name beside
/// it, then renamed. Makes the folders above it. Links stay, and lead to the new content; devices and pipes are
/// written to. Throws InputError when that fails (read-only folder, full disk).
void write_file(const std::filesystem::path& path, std::string_view content);

/// The same for content that is better streamed than held.
void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);

}  // namespace cleave
