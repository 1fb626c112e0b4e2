#include "model/onnx_weights.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <map>
#include <system_error>
#include <utility>

namespace cleave {

namespace fs = std::filesystem;

namespace {

std::uint64_t byte_count(const Constant& constant) {
  return static_cast<std::uint64_t>(element_count(constant.shape)) * size_of(constant.type);
}

std::uint64_t to_number(const std::map<std::string, std::string>& entries, const std::string& key,
                        std::uint64_t fallback, const Origin& origin) {
  const auto found = entries.find(key);
  if (found == entries.end()) return fallback;
  const std::string& text = found->second;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    origin.fail(fmt::format("has external data with {} '{}'", key, text), "give it as a number of bytes");
  return number;
}

/// Whether `path`, links resolved, lies below `folder`.
bool is_inside(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path relative = fs::relative(path, folder.empty() ? fs::path(".") : folder, error);
  return !error && !relative.empty() && *relative.begin() != "..";
}

FileWeights external_weights(const onnx::TensorProto& proto, const Constant& header, const fs::path& folder,
                             const Origin& origin) {
  std::map<std::string, std::string> entries;
  for (const auto& entry : proto.external_data()) entries[entry.key()] = entry.value();
  const fs::path location = entries["location"];
  const fs::path path = folder / location;
  if (location.empty() || location.is_absolute() || entries["location"].find('\0') != std::string::npos ||
      !is_inside(path, folder))
    origin.fail(fmt::format("has external data at '{}', outside the folder of the model", location.string()),
                "keep the data beside the model and name it by a relative path");
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    origin.fail(fmt::format("has its data in '{}', which is not there", path.string()),
                "put the data file beside the model");
  const std::uint64_t offset = to_number(entries, "offset", 0, origin);
  const std::uint64_t length = to_number(entries, "length", byte_count(header), origin);
  const std::uint64_t available = fs::file_size(path, error);
  if (length != byte_count(header))
    origin.fail(fmt::format("has {} bytes of external data but its shape needs {}", length, byte_count(header)),
                "export the model again");
  if (error || offset > available || length > available - offset)
    origin.fail(fmt::format("needs bytes {} to {} of '{}', which has only {}", offset, offset + length, path.string(),
                            available),
                "copy the data file again");
  return {.path = path.string(), .offset = offset};
}

}  // namespace

Constant to_constant(const onnx::TensorProto& proto, const RawRange& raw, const WeightSource& source,
                     const Origin& origin) {
  Constant constant = header_of(proto, origin);
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    constant.content = external_weights(proto, constant, source.folder, origin);
  } else if (raw.size == 0) {
    constant.content = to_tensor(proto, origin);
  } else if (raw.size != byte_count(constant)) {
    origin.fail(fmt::format("holds {} bytes but its shape needs {}", raw.size, byte_count(constant)),
                "export the model again");
  } else if (source.path) {
    constant.content = FileWeights{.path = *source.path, .offset = raw.offset};
  } else {
    Tensor tensor(constant.type, constant.shape);
    std::memcpy(tensor.bytes.data(), source.bytes.data() + raw.offset, raw.size);
    constant.content = std::move(tensor);
  }
  return constant;
}

}  // namespace cleave
