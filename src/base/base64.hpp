#pragma once
/// Bytes as text.

#include <cstdint>
#include <span>
#include <string>

namespace cleave {

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace cleave
