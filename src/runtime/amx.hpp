#pragma once
/// AMX, the matrix instructions of x86: whether they may be used, and how tiles are described.

#include <array>
#include <cstddef>
#include <cstdint>

namespace cleave::amx {

enum class Factors { bf16, int8 };

/// Whether the processor multiplies tiles of such elements, and the system keeps tiles for this process, which it is
/// asked for. Fixed once it is known.
[[nodiscard]] bool multiplies(Factors factors);

/// As the instruction reads it that says what the eight tiles are.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> row_bytes{};
  std::array<std::uint8_t, 16> rows{};
};
static_assert(sizeof(TileShapes) == 64);

}  // namespace cleave::amx
