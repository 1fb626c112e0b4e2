#include "base/files.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

namespace cleave {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void cannot(const char* verb, const fs::path& path, int error) {
  throw InputError(path.string(), "", fmt::format("cannot be {}: {}", verb, std::strerror(error)),
                   error == ENOENT ? "check the path" : "check permissions and space there");
}

/// Removes what was half written unless it was kept.
struct Temporary {
  fs::path path;
  bool keep = false;
  ~Temporary() {
    std::error_code ignored;
    if (!keep) fs::remove(path, ignored);
  }
};

}  // namespace

std::string read_file(const fs::path& path) {
  if (fs::is_directory(path)) throw InputError(path.string(), "", "is a directory", "name a file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) cannot("read", path, errno ? errno : EIO);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) cannot("read", path, errno ? errno : EIO);
  return text;
}

void write_file(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) cannot("written", path, error.value());
  Temporary temporary{path.string() + fmt::format(".{}.tmp", ::getpid())};
  errno = 0;
  std::ofstream file(temporary.path, std::ios::binary | std::ios::trunc);
  if (file) write(file);
  file.close();
  if (!file) cannot("written", path, errno ? errno : EIO);
  fs::rename(temporary.path, path, error);
  if (error) cannot("written", path, error.value());
  temporary.keep = true;
}

void write_file(const fs::path& path, std::string_view content) {
  write_file(path, [&](std::ostream& out) { out.write(content.data(), static_cast<std::streamsize>(content.size())); });
}

}  // namespace cleave
