#include "runtime/cpu/strided.hpp"

#include <cstring>

namespace cleave::cpu {

namespace {

template <class Element>
Copy typed_copy(const Box& box) {
  const Loops<2> loops = make_loops<2>(box.extents, {box.to, box.from});
  const std::int64_t count = loops.extents.back();
  const std::int64_t to_step = loops.strides.back()[0];  // no structured binding: clang 14 captures none
  const std::int64_t from_step = loops.strides.back()[1];
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
