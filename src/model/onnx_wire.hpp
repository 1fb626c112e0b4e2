#pragma once
/// The serialized form of an ONNX file, so far as needed to leave its weights where they are.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Raw data that was left out of the message, as a range of the serialized bytes.
struct RawRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< 0: nothing was left out
};

/// A serialized model without the raw data of its large initialisers: of the size of its topology.
struct StrippedModel {
  std::string bytes;
  std::vector<RawRange> raw;  ///< one per initialiser, in the order of the file
};

/// Splits topology and weights without parsing the weights. Empty when the bytes are not a
/// protocol buffer.
[[nodiscard]] std::optional<StrippedModel> strip_weights(std::string_view model);

}  // namespace cleave
