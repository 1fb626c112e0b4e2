#include "runtime/cpu/strided.hpp"

#include <cstring>
#include <utility>

namespace cleave::cpu {

namespace {

/// Two loops over single elements.
struct Nest {
  std::array<std::int64_t, 2> outer{}, inner{};  ///< steps in the target and in the source
  std::int64_t outer_count = 1, inner_count = 1;
};

/// target[i * kParts + k] = source[k * step + i]: compilers make vectors of that where kParts is a small power of two.
template <int kParts, class Element>
void interleave(const Element* __restrict source, std::int64_t step, std::int64_t count, Element* __restrict target) {
  for (std::int64_t i = 0; i < count; ++i)
    for (int k = 0; k < kParts; ++k) target[i * kParts + k] = source[k * step + i];
}

template <class Element>
using Interleave = void (*)(const Element*, std::int64_t, std::int64_t, Element*);

/// For what `nest` does; null where it does something else.
template <class Element>
Interleave<Element> interleave_of(const Nest& nest) {
  const std::int64_t parts = nest.inner_count;
  if (nest.inner[0] != 1 || nest.outer[0] != parts || nest.outer[1] != 1) return nullptr;
  return parts == 2 ? &interleave<2, Element> : parts == 4 ? &interleave<4, Element> : nullptr;
}

/// Short rows are copied together with the loop around them, the longer of the two inside.
template <class Element>
Copy nested_copy(const Box& box, Loops<2> loops) {
  Nest nest{.outer = {}, .inner = loops.strides.back(), .outer_count = 1, .inner_count = loops.extents.back()};
  loops.extents.pop_back();
  loops.strides.pop_back();
  nest.outer = loops.strides.back();
  nest.outer_count = loops.extents.back();
  if (const Interleave<Element> interleaved = interleave_of<Element>(nest))
    return [=, from_offset = box.from_offset, to_offset = box.to_offset](const std::byte* source, std::byte* target) {
      const auto* from = reinterpret_cast<const Element*>(source) + from_offset;
      auto* to = reinterpret_cast<Element*>(target) + to_offset;
      for_each_row(loops, [&](const std::array<std::int64_t, 2>& offsets) {
        interleaved(from + offsets[1], nest.inner[1], nest.outer_count, to + offsets[0]);
      });
    };
  if (nest.outer_count > nest.inner_count) {
    std::swap(nest.outer, nest.inner);
    std::swap(nest.outer_count, nest.inner_count);
  }
  return [=, from_offset = box.from_offset, to_offset = box.to_offset](const std::byte* source, std::byte* target) {
    const auto* from = reinterpret_cast<const Element*>(source) + from_offset;
    auto* to = reinterpret_cast<Element*>(target) + to_offset;
    for_each_row(loops, [&](const std::array<std::int64_t, 2>& offsets) {
      for (std::int64_t i = 0; i < nest.outer_count; ++i) {
        Element* out = to + offsets[0] + i * nest.outer[0];
        const Element* in = from + offsets[1] + i * nest.outer[1];
        for (std::int64_t j = 0; j < nest.inner_count; ++j) out[j * nest.inner[0]] = in[j * nest.inner[1]];
      }
    });
  };
}

template <class Element>
Copy typed_copy(const Box& box) {
  const Loops<2> loops = make_loops<2>(box.extents, {box.to, box.from});
  const std::int64_t count = loops.extents.back();
  const std::int64_t to_step = loops.strides.back()[0];  // no structured binding: clang 14 captures none
  const std::int64_t from_step = loops.strides.back()[1];
  const bool is_short = count < 16 && (to_step != 1 || from_step != 1);
  if (is_short && loops.extents.size() > 1) return nested_copy<Element>(box, loops);
  return [=, from_offset = box.from_offset, to_offset = box.to_offset](const std::byte* source, std::byte* target) {
    const auto* from = reinterpret_cast<const Element*>(source) + from_offset;
    auto* to = reinterpret_cast<Element*>(target) + to_offset;
    for_each_row(loops, [&](const std::array<std::int64_t, 2>& offsets) {
      Element* out = to + offsets[0];
      const Element* in = from + offsets[1];
      if (to_step == 1 && from_step == 1)
        std::memcpy(out, in, static_cast<std::size_t>(count) * sizeof(Element));
      else
        for (std::int64_t i = 0; i < count; ++i) out[i * to_step] = in[i * from_step];
    });
  };
}

}  // namespace

Copy make_copy(const Box& box, std::size_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return typed_copy<std::uint8_t>(box);
    case 2:
      return typed_copy<std::uint16_t>(box);
    case 4:
      return typed_copy<std::uint32_t>(box);
    default:
      return typed_copy<std::uint64_t>(box);
  }
}

}  // namespace cleave::cpu
