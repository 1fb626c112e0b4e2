#include "base/npz.hpp"

#include "base/npy.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <zip.h>

#include <cstdint>
#include <memory>

namespace cleave {
namespace {

/// More would be no input of a network, but a small archive that unpacks to fill the memory.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
constexpr std::string_view kEnding = ".npy";

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, Discard>;

[[noreturn]] void fail(const std::string& file, const std::string& place, const std::string& problem) {
  throw InputError(file, place, problem, "give a file that numpy.savez wrote");
}

Archive open(std::string_view bytes, const std::string& file) {
  if (bytes.empty()) fail(file, "", "is no .npz archive (it is empty)");  // which libzip takes for one without entries
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (source && !archive) zip_source_free(source);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) fail(file, "", fmt::format("is no .npz archive ({})", why));
  return Archive(archive);
}

/// What the archive says of its sizes is not believed: an entry is read until it ends.
std::string content(zip_t& archive, zip_uint64_t index, const std::string& name, const std::string& file) {
  const Entry entry(zip_fopen_index(&archive, index, 0));
  if (!entry) fail(file, name, fmt::format("cannot be unpacked ({})", zip_strerror(&archive)));
  std::string bytes;
  std::string block(std::size_t{1} << 16, '\0');
  while (true) {
    const zip_int64_t got = zip_fread(entry.get(), block.data(), block.size());
    if (got < 0) fail(file, name, fmt::format("cannot be unpacked ({})", zip_file_strerror(entry.get())));
    if (got == 0) return bytes;
    bytes.append(block, 0, static_cast<std::size_t>(got));
    if (bytes.size() > kMostBytes) fail(file, name, "is larger than 4 GiB");
  }
}

}  // namespace

std::map<std::string, Tensor> parse_npz(std::string_view bytes, const std::string& file) {
  const Archive archive = open(bytes, file);
  std::map<std::string, Tensor> arrays;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* stored = zip_get_name(archive.get(), index, 0);
    if (!stored) fail(file, fmt::format("entry {}", i), "has no name");
    std::string name = stored;
    if (!name.ends_with(kEnding)) fail(file, name, "is no .npy file");
    const std::string array = content(*archive, index, name, file);
    name.resize(name.size() - kEnding.size());
    arrays.emplace(name, parse_npy(array, fmt::format("{}: {}", file, name)));
  }
  return arrays;
}

}  // namespace cleave
