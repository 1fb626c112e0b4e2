#pragma once
/// A dense tensor value and the element types that networks use.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cleave {

enum class DataType {
  float32,
  float64,
  float16,
  bfloat16,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  boolean
};

/// Bytes of one element.
[[nodiscard]] std::size_t size_of(DataType type);
/// "float32", "int64", ... as ONNX and numpy say it.
[[nodiscard]] std::string_view name_of(DataType type);

/// Extents, outermost first; empty for a scalar.
using Shape = std::vector<std::int64_t>;

/// Number of elements; 1 for a scalar.
[[nodiscard]] std::int64_t element_count(const Shape& shape);

/// Memory on a cache line's boundary. From 1 MiB on it comes from the system, in large pages where that has them, and
/// goes back there: between smaller pieces that live longer, gaps of that size would stay. Throws std::bad_alloc.
[[nodiscard]] void* allocate_aligned(std::size_t bytes);
/// `bytes` as they were asked for.
void free_aligned(void* memory, std::size_t bytes) noexcept;

/// Storage on cache-line boundaries: kernels load whole vectors, and two workers never share a line.
template <class T>
struct CacheAligned {
  using value_type = T;

  CacheAligned() = default;
  template <class U>
  explicit(false) CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_aligned(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { free_aligned(memory, count * sizeof(T)); }
  friend bool operator==(const CacheAligned&, const CacheAligned&) = default;
};
using Bytes = std::vector<std::byte, CacheAligned<std::byte>>;

/// Row-major values. `bytes.size() == element_count(shape) * size_of(type)`.
struct Tensor {
  DataType type = DataType::float32;
  Shape shape = {};
  Bytes bytes = {};

  Tensor() = default;
  /// Zero-filled.
  Tensor(DataType type, Shape shape);

  /// The elements as T; sizeof(T) must be the element size.
  template <class T>
  [[nodiscard]] std::span<T> as() {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  [[nodiscard]] std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

}  // namespace cleave
