#include "model/positions.hpp"

#include <utility>

namespace cleave {

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Positions walk(const Shape& shape, const Shape& steps, std::int64_t start) {
  Positions positions{start};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    Positions finer;
    finer.reserve(positions.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::int64_t position : positions)
      for (std::int64_t i = 0; i < shape[axis]; ++i) finer.push_back(position + i * steps[axis]);
    positions = std::move(finer);
  }
  return positions;
}

std::optional<Positions> broadcast(const Shape& source, const Shape& target) {
  if (source.size() > target.size()) return std::nullopt;
  const std::size_t missing = target.size() - source.size();
  const Shape strides = strides_of(source);
  Shape steps(target.size(), 0);
  for (std::size_t axis = 0; axis < source.size(); ++axis) {
    if (source[axis] != 1 && source[axis] != target[axis + missing]) return std::nullopt;
    steps[axis + missing] = source[axis] == 1 ? 0 : strides[axis];
  }
  return walk(target, steps);
}

}  // namespace cleave
