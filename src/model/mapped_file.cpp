#include "model/mapped_file.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace cleave {

namespace {

struct Descriptor {
  int value = -1;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

[[noreturn]] void cannot_read(const std::filesystem::path& path, int error) {
  throw InputError(path.string(), "", fmt::format("cannot be read: {}", std::strerror(error)),
                   error == ENOENT ? "check the path" : "name a readable file");
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) cannot_read(path, errno);
  struct stat status {};
  if (::fstat(file.value, &status) != 0) cannot_read(path, errno);
  if (!S_ISREG(status.st_mode)) throw InputError(path.string(), "", "is not a regular file", "name a file");
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;
  void* const memory = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.value, 0);
  if (memory == MAP_FAILED) cannot_read(path, errno);
  data_ = static_cast<const char*>(memory);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace cleave
