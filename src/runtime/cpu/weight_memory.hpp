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

 private:
  struct Free {
    std::size_t bytes = 0;
    void operator()(std::byte* memory) const { free_aligned(memory, bytes); }
  };
  struct Block {
    std::unique_ptr<std::byte, Free> memory;
    std::size_t used = 0;
  };
  std::vector<Block> blocks_;
  std::size_t size_ = 0;  ///< of the last block
};

}  // namespace cleave::cpu
