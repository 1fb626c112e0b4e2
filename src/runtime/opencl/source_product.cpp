#include "runtime/opencl/sources.hpp"

namespace cleave::opencl {

// What a group of 16 x 16 items does, for tiles of several sizes: TILE x TILE results, EACH x EACH an item, from slabs
// of SLAB rows of both factors. While a slab is multiplied out of local memory the next one is on its way into
// registers. A convolution is such a product: of its weights and of the patches that the kernel meets, which are looked
// up while a slab is loaded and never stored. Where tiles are too few to fill the device, several groups share the
// depth of each, and `finish` adds their parts up.
const char* const kTiledSource = R"cl(
#define SIDE 16
#define ITEMS (SIDE * SIDE)
#define LOADS (TILE * SLAB / ITEMS)
#if EACH == 2
#define VECTOR float2
#define WIDTH 2
#else
#define VECTOR float4
#define WIDTH 4
#endif
#define STRIDE (TILE + 4)

/* The place in the tile of an item's i-th result, along either side: neighbours of WIDTH, then the next such. */
int NAMED(place)(int item, int i) { return i / WIDTH * (SIDE * WIDTH) + item * WIDTH + i % WIDTH; }

void NAMED(load_vectors)(local const float* row, int item, float numbers[EACH]) {
  for (int part = 0; part < EACH / WIDTH; ++part) {
    const VECTOR four = *(local const VECTOR*)(row + part * SIDE * WIDTH + item * WIDTH);
    numbers[part * WIDTH] = four.s0;
    numbers[part * WIDTH + 1] = four.s1;
#if WIDTH == 4
    numbers[part * WIDTH + 2] = four.s2;
    numbers[part * WIDTH + 3] = four.s3;
#endif
  }
}

/* Multiplies slabs in local memory into the item's results. */
void NAMED(add_slab)(local const float* left, local const float* right, float sums[EACH][EACH]) {
  const int row = get_local_id(1), column = get_local_id(0);
#pragma unroll
  for (int k = 0; k < SLAB; ++k) {
    float a[EACH], b[EACH];
    NAMED(load_vectors)(left + k * STRIDE, row, a);
    NAMED(load_vectors)(right + k * STRIDE, column, b);
#pragma unroll
    for (int i = 0; i < EACH; ++i)
#pragma unroll
      for (int j = 0; j < EACH; ++j) sums[i][j] = mad(a[i], b[j], sums[i][j]);
  }
}

void NAMED(store_slab)(local float* slab, const int places[LOADS], const float numbers[LOADS]) {
#pragma unroll
  for (int i = 0; i < LOADS; ++i) slab[places[i]] = numbers[i];
}

/* A part of the depth in whole slabs: the first row of part `part` of `parts`. */
int NAMED(part_begin)(int depth, int part, int parts) {
  const int slabs = (depth + SLAB - 1) / SLAB;
  return min(depth, (int)((long)slabs * part / parts) * SLAB);
}

/* result[count, rows, columns] = left * right, any strides; factors take turns with their period. The third group
   index is that of the product and, within it, of a part of its depth. With several parts the results are sums alone,
   [parts, count, rows, columns]. */
__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1)))
void NAMED(multiply)(global const float* left, global const float* right, global const float* bias,
                     global const float* residual, global float* result, int rows, int columns, int depth,
                     int left_row, int left_column, int left_next, int left_period, int right_row, int right_column,
                     int right_next, int right_period, int count, int parts, int kind, float alpha, float beta) {
  local float left_slab[2][SLAB * STRIDE] __attribute__((aligned(16)));
  local float right_slab[2][SLAB * STRIDE] __attribute__((aligned(16)));
  const int product = get_group_id(2) / parts, part = get_group_id(2) % parts;
  const int item = get_local_id(1) * SIDE + get_local_id(0);
  const int first_row = get_group_id(1) * TILE, first_column = get_group_id(0) * TILE;
  const int begin = NAMED(part_begin)(depth, part, parts), end = NAMED(part_begin)(depth, part + 1, parts);
  left += (size_t)(product % left_period) * left_next;
  right += (size_t)(product % right_period) * right_next;
  int left_k[LOADS], left_place[LOADS], right_k[LOADS], right_place[LOADS];
  size_t left_at[LOADS], right_at[LOADS];
#pragma unroll
  for (int i = 0; i < LOADS; ++i) {
    /* Neighbours load what lies side by side. What lies outside is never loaded: its depth is beyond the end. */
    const int e = item + i * ITEMS;
    const int lk = left_column == 1 ? e % SLAB : e / TILE, r = left_column == 1 ? e / SLAB : e % TILE;
    const int rk = right_column == 1 ? e / TILE : e % SLAB, c = right_column == 1 ? e % TILE : e / SLAB;
    left_k[i] = first_row + r < rows ? begin + lk : depth;
    right_k[i] = first_column + c < columns ? begin + rk : depth;
    left_place[i] = lk * STRIDE + r;
    right_place[i] = rk * STRIDE + c;
    left_at[i] = (size_t)(first_row + r) * left_row + (size_t)(begin + lk) * left_column;
    right_at[i] = (size_t)(first_column + c) * right_column + (size_t)(begin + rk) * right_row;
  }
  float sums[EACH][EACH] = {{0}};
  float left_next_slab[LOADS], right_next_slab[LOADS];
  int buffer = 0;
  for (int from = begin - SLAB; from < end; from += SLAB) {
    const int next = from + SLAB;
    if (next < end) {
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        left_next_slab[i] = left_k[i] < end ? left[left_at[i]] : 0;
        right_next_slab[i] = right_k[i] < end ? right[right_at[i]] : 0;
        left_k[i] += SLAB;
        right_k[i] += SLAB;
        left_at[i] += (size_t)SLAB * left_column;
        right_at[i] += (size_t)SLAB * right_row;
      }
    }
    if (from >= begin) NAMED(add_slab)(left_slab[buffer], right_slab[buffer], sums);
    if (next < end) {
      buffer ^= 1;
      NAMED(store_slab)(left_slab[buffer], left_place, left_next_slab);
      NAMED(store_slab)(right_slab[buffer], right_place, right_next_slab);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  const size_t offset = ((size_t)part * count + product) * rows * columns;
  for (int i = 0; i < EACH; ++i)
    for (int j = 0; j < EACH; ++j) {
      const int row = first_row + NAMED(place)(get_local_id(1), i);
      const int column = first_column + NAMED(place)(get_local_id(0), j);
      if (row >= rows || column >= columns) continue;
      const size_t at = offset + (size_t)row * columns + column;
      result[at] = parts > 1 ? sums[i][j] : ended(sums[i][j], bias, column, residual, at, kind, alpha, beta);
    }
}

/* Weights [groups, depth, rows], source [samples, groups, channels, height, width], result [samples, groups, rows,
   out_height, out_width]. Columns are the pixels of all samples. `taps` has, for each row of the patches, how far it
   lies from their first element, and its row and column in the window (high and low half). The third group index is
   that of the group and, within it, of a part of the depth, as above; `size` is that of the whole result. */
__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1)))
void NAMED(convolve)(global const float* weights, global const float* source, global const float* bias,
                     global const float* residual, global float* result, global const int2* taps, int groups, int rows,
                     int depth, int samples, int channels, int height, int width, int out_height, int out_width,
                     int stride_h, int stride_w, int pad_h, int pad_w, int size, int parts, int kind, float alpha,
                     float beta) {
  local float left_slab[2][SLAB * STRIDE] __attribute__((aligned(16)));
  local float right_slab[2][SLAB * STRIDE] __attribute__((aligned(16)));
  const int group = get_group_id(2) / parts, part = get_group_id(2) % parts;
  const int item = get_local_id(1) * SIDE + get_local_id(0);
  const int first_row = get_group_id(1) * TILE, first_column = get_group_id(0) * TILE;
  const int begin = NAMED(part_begin)(depth, part, parts), end = NAMED(part_begin)(depth, part + 1, parts);
  const int pixels = out_height * out_width, columns = samples * pixels;
  weights += (size_t)group * depth * rows;
  /* All loads of an item are of one row of weights and of one pixel. */
  const int own = item % TILE, row_of_loads = first_row + own, column_of_loads = first_column + own;
  const int sample = column_of_loads / pixels, pixel = column_of_loads % pixels;
  const int y = pixel / out_width * stride_h - pad_h, x = pixel % out_width * stride_w - pad_w;
  global const float* patch = source + ((size_t)sample * groups + group) * channels * height * width;
  const int patch_at = y * width + x;
  const int row_is_inside = row_of_loads < rows, column_is_inside = column_of_loads < columns;
  int places[LOADS];
#pragma unroll
  for (int i = 0; i < LOADS; ++i) places[i] = (item / TILE + i * (ITEMS / TILE)) * STRIDE + own;
  float sums[EACH][EACH] = {{0}};
  float left_next_slab[LOADS], right_next_slab[LOADS];
  int buffer = 0;
  for (int from = begin - SLAB; from < end; from += SLAB) {
    const int next = from + SLAB;
    if (next < end) {
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int k = next + item / TILE + i * (ITEMS / TILE);
        const int is_there = k < end;
        const int2 tap = is_there ? taps[k] : (int2)(0);
        const int row = y + (tap.y >> 16), column = x + (tap.y & 0xffff);
        const int is_inside =
            column_is_inside && is_there && (uint)row < (uint)height && (uint)column < (uint)width;
        left_next_slab[i] = row_is_inside && is_there ? weights[(size_t)k * rows + row_of_loads] : 0;
        right_next_slab[i] = is_inside ? patch[patch_at + tap.x] : 0;
      }
    }
    if (from >= begin) NAMED(add_slab)(left_slab[buffer], right_slab[buffer], sums);
    if (next < end) {
      buffer ^= 1;
      NAMED(store_slab)(left_slab[buffer], places, left_next_slab);
      NAMED(store_slab)(right_slab[buffer], places, right_next_slab);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  for (int j = 0; j < EACH; ++j) {
    const int column = first_column + NAMED(place)(get_local_id(0), j);
    if (column >= columns) continue;
    const size_t column_at = ((size_t)(column / pixels) * groups + group) * rows * pixels + column % pixels;
    for (int i = 0; i < EACH; ++i) {
      const int row = first_row + NAMED(place)(get_local_id(1), i);
      if (row >= rows) continue;
      const size_t at = column_at + (size_t)row * pixels;
      if (parts > 1)
        result[(size_t)part * size + at] = sums[i][j];
      else
        result[at] = ended(sums[i][j], bias, group * rows + row, residual, at, kind, alpha, beta);
    }
  }
}

#undef SIDE
#undef ITEMS
#undef LOADS
#undef VECTOR
#undef WIDTH
#undef STRIDE
)cl";

const char* const kProductSource = R"cl(
float ended(float sum, global const float* bias, int channel, global const float* residual, size_t at, int kind,
            float alpha, float beta) {
  if (bias) sum += bias[channel];
  if (residual) sum += residual[at];
  return function_of(kind, alpha, beta, sum);
}

/* Adds up the parts of products whose depth was shared; the channel of a result is that of [outer, channels, inner]. */
__kernel void finish(global const float* sums, global const float* bias, global const float* residual,
                     global float* result, int count, int parts, int channels, int inner, int kind, float alpha,
                     float beta) {
  const int at = get_global_id(0);
  if (at >= count) return;
  float sum = 0;
  for (int part = 0; part < parts; ++part) sum += sums[(size_t)part * count + at];
  result[at] = ended(sum, bias, at / inner % channels, residual, at, kind, alpha, beta);
}

/* sums[parts, rows, columns] = left[rows, depth] * right[depth, columns] for a few rows, where all the time goes into
   reading `right` once. An item has four neighbouring columns, a group a part of the depth. */
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void multiply_few(global const float* left, global const float* right, global float* sums, int rows, int columns,
                  int depth, int parts) {
  const int column = get_global_id(0) * 4, part = get_global_id(1);
  const int begin = (int)((long)depth * part / parts), end = (int)((long)depth * (part + 1) / parts);
  if (column >= columns) return;
  float4 own[FEW_ROWS];
  for (int row = 0; row < FEW_ROWS; ++row) own[row] = 0;
#pragma unroll 4
  for (int k = begin; k < end; ++k) {
    const float4 four = *(global const float4*)(right + (size_t)k * columns + column);
#pragma unroll
    for (int row = 0; row < FEW_ROWS; ++row)
      if (row < rows) own[row] += left[(size_t)row * depth + k] * four;
  }
#pragma unroll
  for (int row = 0; row < FEW_ROWS; ++row)
    if (row < rows) *(global float4*)(sums + ((size_t)part * rows + row) * columns + column) = own[row];
}

/* One input channel for each group: an item computes one result. */
__kernel void convolve_depthwise(global const float* weights, global const float* source, global const float* bias,
                                 global const float* residual, global float* result, int count, int groups,
                                 int multiplier, int height, int width, int out_height, int out_width, int kernel_h,
                                 int kernel_w, int stride_h, int stride_w, int dilation_h, int dilation_w, int pad_h,
                                 int pad_w, int kind, float alpha, float beta) {
  const int at = get_global_id(0);
  if (at >= count) return;
  const int pixel = at % (out_height * out_width), plane = at / (out_height * out_width);
  const int channel = plane % (groups * multiplier), sample = plane / (groups * multiplier);
  const int y = pixel / out_width * stride_h - pad_h, x = pixel % out_width * stride_w - pad_w;
  source += (size_t)(sample * groups + channel / multiplier) * height * width;
  weights += (size_t)channel * kernel_h * kernel_w;
  float sum = 0;
  for (int i = 0; i < kernel_h; ++i)
    for (int j = 0; j < kernel_w; ++j) {
      const int row = y + i * dilation_h, column = x + j * dilation_w;
      if (row >= 0 && row < height && column >= 0 && column < width)
        sum = mad(weights[i * kernel_w + j], source[(size_t)row * width + column], sum);
    }
  result[at] = ended(sum, bias, channel, residual, at, kind, alpha, beta);
}
)cl";

}  // namespace cleave::opencl
