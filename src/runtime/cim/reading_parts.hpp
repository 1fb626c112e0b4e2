#pragma once
/// A call for many vectors as calls for as many as registers have room for.

#include "runtime/cim/read_kernel.hpp"

#include <algorithm>

namespace cleave::cim {

/// Parts of at most `most` vectors: longer ones first, by one at most. Calls `read_part` with each and its first
/// vector.
template <class ReadPart>
void for_each_part(const Reading& reading, int most, const ReadPart& read_part) {
  const int parts = (reading.vectors + most - 1) / most;
  for (int part = 0; part < parts; ++part) {
    const int least = reading.vectors / parts, longer = reading.vectors % parts;
    const int first = part * least + std::min(part, longer);
    Reading some = reading;
    some.vectors = least + (part < longer ? 1 : 0);
    some.inputs += first * reading.vector_bytes;
    some.sums += first * kStrip;
    read_part(some, first);
  }
}

/// The ending of `vectors` vectors from `first` on, of a single slice.
inline Finishing rows_of(Finishing finishing, int first, int vectors) {
  finishing.sums += first * kStrip;
  finishing.vectors = vectors;
  const std::ptrdiff_t elements = first * finishing.row_stride;
  if (finishing.result) finishing.result += elements;
  if (finishing.inputs) finishing.inputs += elements;
  if (finishing.residual) finishing.residual += elements;
  return finishing;
}

}  // namespace cleave::cim
