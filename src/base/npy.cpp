#include "base/npy.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

namespace cleave {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Name {
  DataType type;
  std::string_view text;
};
/// bfloat16 has no name in NumPy.
constexpr std::array<Name, 12> kNames = {{{DataType::float32, "<f4"},
                                          {DataType::float64, "<f8"},
                                          {DataType::float16, "<f2"},
                                          {DataType::int8, "|i1"},
                                          {DataType::uint8, "|u1"},
                                          {DataType::int16, "<i2"},
                                          {DataType::uint16, "<u2"},
                                          {DataType::int32, "<i4"},
                                          {DataType::uint32, "<u4"},
                                          {DataType::int64, "<i8"},
                                          {DataType::uint64, "<u8"},
                                          {DataType::boolean, "|b1"}}};

/// The header, a Python literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class Header {
 public:
  Header(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  [[nodiscard]] DataType type() const {
    std::string_view rest = after("descr");
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"')) fail("\"descr\" is no word");
    const auto end = rest.find(rest[0], 1);
    if (end == std::string_view::npos) fail("\"descr\" does not end");
    const std::string_view word = rest.substr(1, end - 1);
    for (const Name& name : kNames)
      if (name.text == word) return name.type;
    fail(fmt::format("its type is {}, which networks do not have", word));
  }
  void require_row_major() const {
    if (!after("fortran_order").starts_with("False")) fail("it is column-major");
  }
  [[nodiscard]] Shape shape() const {
    std::string_view rest = after("shape");
    if (!rest.starts_with('(')) fail("\"shape\" is no tuple");
    rest.remove_prefix(1);
    Shape shape;
    double elements = 1;
    while (true) {
      while (rest.starts_with(' ') || rest.starts_with(',')) rest.remove_prefix(1);
      if (rest.starts_with(')')) return shape;
      std::int64_t extent = 0;
      const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
      if (error != std::errc() || extent < 0) fail("\"shape\" has what is no extent");
      elements *= static_cast<double>(extent);
      if (elements > 1e12) fail("\"shape\" is too large");
      shape.push_back(extent);
      rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    }
  }

 private:
  /// What stands behind `'key':`.
  [[nodiscard]] std::string_view after(std::string_view key) const {
    for (const char quote : {'\'', '"'}) {
      const std::string name = quote + std::string(key) + quote;
      const auto found = text_.find(name);
      if (found == std::string_view::npos) continue;
      std::string_view rest = text_.substr(found + name.size());
      while (rest.starts_with(' ') || rest.starts_with(':')) rest.remove_prefix(1);
      return rest;
    }
    fail(fmt::format("its header has no \"{}\"", key));
  }
  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError(file_, "", problem, "save it with numpy.save as a row-major array of numbers");
  }

  std::string_view text_;
  const std::string& file_;
};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view name_in_file(DataType type) {
  for (const Name& name : kNames)
    if (name.type == type) return name.text;
  throw UsageError(fmt::format("NumPy has no type {}", name_of(type)));
}

}  // namespace

Tensor parse_npy(std::string_view bytes, const std::string& file) {
  const auto fail = [&](const std::string& problem) {
    throw InputError(file, "", problem, "give a file that numpy.save wrote");
  };
  if (!bytes.starts_with(kMagic) || bytes.size() < 10) fail("is no .npy file");
  const bool wide = bytes[6] >= 2;
  const std::size_t length_bytes = wide ? 4 : 2;
  if (bytes.size() < 8 + length_bytes) fail("ends within its header");
  const std::size_t length = little_endian(bytes.substr(8, length_bytes));
  if (bytes.size() - 8 - length_bytes < length) fail("ends within its header");
  const Header header(bytes.substr(8 + length_bytes, length), file);
  const std::string_view data = bytes.substr(8 + length_bytes + length);
  header.require_row_major();
  const DataType type = header.type();
  const Shape shape = header.shape();
  const auto needed = static_cast<std::size_t>(element_count(shape)) * size_of(type);
  if (data.size() != needed) fail(fmt::format("has {} bytes of data, its shape and type need {}", data.size(), needed));
  Tensor tensor(type, shape);
  if (needed > 0) std::memcpy(tensor.bytes.data(), data.data(), needed);
  return tensor;
}

std::string npy_bytes(const Tensor& tensor) {
  std::string shape;
  for (const std::int64_t extent : tensor.shape) shape += fmt::format("{}, ", extent);
  if (tensor.shape.size() > 1) shape.resize(shape.size() - 2);
  if (tensor.shape.size() == 1) shape.pop_back();
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", name_in_file(tensor.type), shape);
  // Data begin at a multiple of 64 bytes, behind a line end.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  return bytes;
}

}  // namespace cleave
