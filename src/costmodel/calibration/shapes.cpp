#include "costmodel/calibration/shapes.hpp"

#include "costmodel/correction.hpp"

#include <set>

namespace cleave {

ShapeKey shape_key(const Measurement& one) { return {shape_point(one.work), one.work.input_bytes}; }

std::size_t distinct_shapes(const std::vector<Measurement>& measurements) {
  std::set<ShapeKey> shapes;
  for (const Measurement& one : measurements) shapes.insert(shape_key(one));
  return shapes.size();
}

}  // namespace cleave
