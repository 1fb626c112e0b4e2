#pragma once
/// Memory for what is written once and read for every batch: packed weights, one behind the other.

#include <cleave/tensor.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace cleave::cpu {

/// Hands out memory that is freed as a whole.
class WeightMemory {
 public:
  /// On a cache line's boundary; not initialised.
  [[nodiscard]] std::byte* allocate(std::size_t bytes);
  /// Handed out until now.
  [[nodiscard]] std::size_t used_bytes() const;

 private:
  struct Free {
    std::size_t bytes = 0;
    void operator()(std::byte* memory) const { free_aligned(memory, bytes); }
  };
  struct Block {
    std::unique_ptr<std::byte, Free> memory;
    std::size_t used = 0;

    [[nodiscard]] std::size_t size() const { return memory.get_deleter().bytes; }
    [[nodiscard]] std::size_t room() const { return size() - used; }
  };
  std::vector<Block> blocks_;
};

}  // namespace cleave::cpu
