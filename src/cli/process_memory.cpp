#include "cli/process_memory.hpp"

#include <fstream>
#include <string>

namespace cleave::cli {

std::optional<ProcessMemory> process_memory() {
  std::ifstream status("/proc/self/status");
  ProcessMemory memory;
  for (std::string name; status >> name; std::getline(status, name)) {
    std::size_t* const field = name == "VmRSS:"     ? &memory.resident_bytes
                               : name == "RssFile:" ? &memory.file_bytes
                               : name == "VmHWM:"   ? &memory.peak_bytes
                                                    : nullptr;
    std::size_t kib = 0;
    if (field && status >> kib) *field = kib * 1024;
  }
  if (memory.resident_bytes == 0 || memory.peak_bytes == 0) return std::nullopt;
  return memory;
}

}  // namespace cleave::cli
