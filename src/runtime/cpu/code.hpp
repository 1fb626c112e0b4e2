#pragma once
/// How engines of lower precision write down float32 values.

#include <cleave/graph.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace cleave::cpu {

/// Elements that kernels read and write.
enum class Element { f32, bf16, u8, s8 };

[[nodiscard]] constexpr std::size_t size_of(Element element) {
  return element == Element::f32 ? 4 : element == Element::bf16 ? 2 : 1;
}

/// A short form of a float32 value. Of integers, x stands for scale * (x - zero).
struct Code {
  Element element = Element::bf16;
  float scale = 1;
  std::int32_t zero = 0;
  friend bool operator==(const Code&, const Code&) = default;
};

/// The values of a graph that have a short form. Which they are depends on the graph alone, never on how it is cut: a
/// kernel that writes short forms writes one wherever it runs, and what a stage hands on as float32 becomes the same
/// short form again in the next.
using Codes = std::map<ValueId, Code>;

}  // namespace cleave::cpu
