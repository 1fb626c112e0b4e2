#include "runtime/amx.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && defined(__linux__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cleave::amx {
namespace {

/// Bits of leaf 7 in edx (Intel 64 and IA-32 Architectures Software Developer's Manual, CPUID). Older compilers do not
/// know their names.
bool has(unsigned bits) {
  constexpr unsigned kFeatures = 7;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(kFeatures, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & bits) == bits;
}

/// The operating system keeps no tiles unless asked.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM of arch_prctl
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool multiplies(Factors factors) {
  constexpr unsigned kBf16 = 1U << 22, kTiles = 1U << 24, kInt8 = 1U << 25;
  static const bool tiles = has(kTiles) && may_use_tiles();
  return tiles && has(factors == Factors::bf16 ? kBf16 : kInt8);
}

}  // namespace cleave::amx

#else

namespace cleave::amx {

bool multiplies(Factors) { return false; }

}  // namespace cleave::amx

#endif
