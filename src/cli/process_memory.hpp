#pragma once
/// What the system says of this process's memory.

#include <cstddef>
#include <optional>

namespace cleave::cli {

struct ProcessMemory {
  std::size_t resident_bytes = 0;  ///< now: code and files that are mapped, heap, everything
  std::size_t file_bytes = 0;      ///< those of files: code of the program and its libraries
  std::size_t peak_bytes = 0;      ///< the most that was resident until now
};

/// None where the system does not tell.
[[nodiscard]] std::optional<ProcessMemory> process_memory();

}  // namespace cleave::cli
