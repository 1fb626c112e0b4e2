#include "runtime/counting_new.hpp"

#include <link.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {
std::atomic<std::size_t> count = 0, count_of_onednn = 0;

struct AddressRange {
  std::uintptr_t begin = 0, end = 0;
};

/// Where the code of libdnnl.so lies; empty where it is linked statically.
AddressRange onednn_code() {
  AddressRange range;
  dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* found) {
        if (!std::strstr(library->dlpi_name, "libdnnl")) return 0;
        for (const auto* part = library->dlpi_phdr; part != library->dlpi_phdr + library->dlpi_phnum; ++part)
          if (part->p_type == PT_LOAD && (part->p_flags & PF_X))
            *static_cast<AddressRange*>(found) = {library->dlpi_addr + part->p_vaddr,
                                                  library->dlpi_addr + part->p_vaddr + part->p_memsz};
        return 1;
      },
      &range);
  return range;
}

void* counted(std::size_t bytes, std::size_t alignment, const void* caller) {
  static const AddressRange onednn = onednn_code();
  const auto at = reinterpret_cast<std::uintptr_t>(caller);
  ++count;
  if (at >= onednn.begin && at < onednn.end) ++count_of_onednn;
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, whole)) return memory;
  throw std::bad_alloc();
}

constexpr std::size_t kUsual = alignof(std::max_align_t);
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, kUsual, __builtin_return_address(0)); }
void* operator new[](std::size_t bytes) { return counted(bytes, kUsual, __builtin_return_address(0)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted(bytes, kUsual, __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted(bytes, kUsual, __builtin_return_address(0));
}
void* operator new(std::size_t bytes, std::align_val_t to) {
  return counted(bytes, static_cast<std::size_t>(to), __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, std::align_val_t to) {
  return counted(bytes, static_cast<std::size_t>(to), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

std::size_t cleave::allocations() { return count; }
std::size_t cleave::allocations_of_onednn() { return count_of_onednn; }
