#include "runtime/opencl/sources.hpp"

namespace cleave::opencl {

// Arrays of any strides: `geometry` holds the extents of each dimension of the result, outermost first, then the
// strides of the first array, then those of the second.
const char* const kPointwiseSource = R"cl(
__kernel void apply(global const float* source, global float* result, int count, int kind, float alpha, float beta) {
  const int at = get_global_id(0);
  if (at < count) result[at] = function_of(kind, alpha, beta, source[at]);
}

/* scale * x + shift of the channel; [outer, channels, inner]. */
__kernel void scale_channels(global const float* source, global const float* scale, global const float* shift,
                             global float* result, int count, int channels, int inner, int kind, float alpha,
                             float beta) {
  const int at = get_global_id(0);
  if (at >= count) return;
  const int channel = at / inner % channels;
  result[at] = function_of(kind, alpha, beta, source[at] * scale[channel] + shift[channel]);
}

float combine(int operation, float a, float b) {
  switch (operation) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    case 4: return a > b || isnan(a) ? a : b;
    case 5: return a < b || isnan(a) ? a : b;
    case 6: return pow(a, b);
    case 7: return a < 0 ? a * b : a;
  }
  return NAN;
}

__kernel void combine_arrays(global const float* a, global const float* b, global float* result, int count,
                             int operation, int rank, global const int* geometry) {
  const int at = get_global_id(0);
  if (at >= count) return;
  int rest = at, of_a = 0, of_b = 0;
  for (int i = rank - 1; i >= 0; --i) {
    const int place = rest % geometry[i];
    rest /= geometry[i];
    of_a += place * geometry[rank + i];
    of_b += place * geometry[2 * rank + i];
  }
  result[at] = combine(operation, a[of_a], b[of_b]);
}

/* Rows of [outer, extent, inner] at the indices, from the end where they are negative. */
__kernel void gather(global const float* source, global const long* indices, global float* result, int count,
                     int picked, int extent, int inner) {
  const int at = get_global_id(0);
  if (at >= count) return;
  const int outer = at / inner / picked;
  const long index = indices[at / inner % picked];
  result[at] = source[((size_t)outer * extent + (index < 0 ? index + extent : index)) * inner + at % inner];
}

__kernel void copy_box(global const float* source, global float* result, int count, int from, int to, int rank,
                       global const int* geometry) {
  const int at = get_global_id(0);
  if (at >= count) return;
  int rest = at;
  for (int i = rank - 1; i >= 0; --i) {
    const int place = rest % geometry[i];
    rest /= geometry[i];
    from += place * geometry[rank + i];
    to += place * geometry[2 * rank + i];
  }
  result[to] = source[from];
}
)cl";

}  // namespace cleave::opencl
