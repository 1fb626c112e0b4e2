#include "base/files.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace cleave {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void cannot(const char* verb, const fs::path& path, int error) {
  throw InputError(path.string(), "", fmt::format("cannot be {}: {}", verb, std::strerror(error)),
                   error == ENOENT ? "check the path" : "check permissions and space there");
}

/// Where links lead, so that they stay; the path itself where nothing is there yet.
fs::path target_of(const fs::path& path) {
  std::error_code nothing;
  const fs::path target = fs::canonical(path, nothing);
  return nothing ? path : target;
}

/// Devices and pipes take bytes, but no other file in their place.
bool is_stream(const fs::path& path) {
  std::error_code nothing;
  const fs::file_status status = fs::status(path, nothing);
  return fs::is_character_file(status) || fs::is_fifo(status);
}

/// Into the file `to`, on behalf of `path`.
void write_into(const fs::path& to, const fs::path& path, const std::function<void(std::ostream&)>& write) {
  errno = 0;
  std::ofstream file(to, std::ios::binary);
  if (file) write(file);
  file.close();
  if (!file) cannot("written", path, errno ? errno : EIO);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code unknown;  // then opening says what is wrong
  if (fs::is_directory(path, unknown)) throw InputError(path.string(), "", "is a directory", "name a file");
  // Some of them never end.
  if (fs::is_character_file(path, unknown) || fs::is_block_file(path, unknown))
    throw InputError(path.string(), "", "is a device", "name a file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) cannot("read", path, errno ? errno : EIO);
  std::string text;
  std::array<char, 1 << 16> part;
  while (file.read(part.data(), part.size()) || file.gcount() > 0)
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  if (file.bad()) cannot("read", path, errno ? errno : EIO);
  return text;
}

FileSet::~FileSet() {
  std::error_code ignored;
  for (const Pending& file : pending_) fs::remove(file.temporary, ignored);
}

void FileSet::write(const fs::path& path, const Writer& write) {
  if (is_stream(path)) return write_into(path, path, write);
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) cannot("written", path, error.value());
  const fs::path target = target_of(path);
  pending_.push_back({path, target, target.string() + fmt::format(".{}.tmp", ::getpid())});
  write_into(pending_.back().temporary, path, write);
}

void FileSet::write(const fs::path& path, std::string_view content) {
  write(path, [&](std::ostream& out) { out.write(content.data(), static_cast<std::streamsize>(content.size())); });
}

void FileSet::commit() {
  for (const Pending& file : pending_) {
    std::error_code error;
    fs::rename(file.temporary, file.target, error);
    if (error) cannot("written", file.path, error.value());
  }
  pending_.clear();
}

void write_file(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  FileSet one;
  one.write(path, write);
  one.commit();
}

void write_file(const fs::path& path, std::string_view content) {
  FileSet one;
  one.write(path, content);
  one.commit();
}

}  // namespace cleave
