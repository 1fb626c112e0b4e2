#pragma once
/// A file's bytes without a copy of them.

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace cleave {

/// Maps a file for reading. Throws InputError: missing, a directory, unreadable.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  [[nodiscard]] std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cleave
