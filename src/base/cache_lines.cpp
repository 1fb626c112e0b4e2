#include "base/cache_lines.hpp"

#include <cstdint>

namespace cleave {

bool evict_from_caches([[maybe_unused]] const std::byte* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(__SSE2__) || defined(__aarch64__)
  // Lines of at least this length: shorter steps would only drop lines twice.
  constexpr std::size_t line = 64;
  const std::size_t ahead = reinterpret_cast<std::uintptr_t>(begin) % line;
  for (const std::byte* at = begin - ahead; at < begin + bytes; at += line) {
#ifdef __SSE2__
    __builtin_ia32_clflush(at);
#else
    asm volatile("dc civac, %0" ::"r"(at) : "memory");
#endif
  }
#ifdef __SSE2__
  __builtin_ia32_mfence();
#else
  asm volatile("dsb ish" ::: "memory");
#endif
  return true;
#else
  return false;
#endif
}

}  // namespace cleave
