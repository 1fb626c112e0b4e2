#include "runtime/cpu/layout.hpp"

#include <algorithm>

namespace cleave::cpu {

Strides strides_of(const Shape& shape, Layout layout) {
  Strides strides(shape.size(), 1);
  std::int64_t step = 1;
  const bool channels_first_out = layout == Layout::channels_last && shape.size() > 1;
  if (channels_first_out) step = shape[1];
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (channels_first_out && i == 1) continue;
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

bool layouts_agree(const Shape& shape) {
  if (shape.size() < 3 || shape[1] == 1) return true;
  return std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t extent) { return extent == 1; });
}

Shape aligned(const Shape& shape, std::size_t rank) {
  Shape result(rank > shape.size() ? rank - shape.size() : 0, 1);
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

Strides broadcast_strides(const Shape& shape, Layout layout, const Shape& target) {
  const Strides own = strides_of(shape, layout);
  Strides strides(target.size(), 0);
  const std::size_t offset = target.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1) strides[offset + i] = own[i];
  return strides;
}

}  // namespace cleave::cpu
