#include "runtime/opencl/sources.hpp"

namespace cleave::opencl {

// What a group of 256 items does, for tiles of several sizes: TILE x TILE results, EACH x EACH an item, from slabs of
// SLAB rows of both factors. While a slab is multiplied out of local memory the next one is on its way into registers.
// A convolution is such a product: of its weights and of the patches that the kernel meets, which are looked up while a
// slab is loaded and never stored. Where tiles are too few to fill the device, several groups share the depth of each,
// and `finish` adds their parts up.
const char* const kTiledSource = R"cl(
#define SIDE 16
#define ITEMS (SIDE * SIDE)
#define LOADS (TILE * SLAB / ITEMS)
#define STRIDE (TILE + 4)
#define SLAB_SIZE (SLAB * STRIDE)

/* An item's results are rows of vectors with names: arrays would not stay in registers. */
#define VECTOR CONCATENATED(float, EACH)
#define LOAD_VECTOR(from) CONCATENATED(load_vector_, EACH)(from)
#define STORE_VECTOR(vector, to) CONCATENATED(store_vector_, EACH)(vector, to)
#define ROWS(DO) CONCATENATED(ROWS_, EACH)(DO)
#define DECLARE_ROW(i) VECTOR row##i;
#define ADD_ROW(i) sums->row##i = mad((VECTOR)(left.s##i), right, sums->row##i);
#define CLEAR_ROW(i) sums.row##i = 0;
#define STORE_ROW(i) if (turn == i) STORE_VECTOR(sums->row##i, to);

typedef struct { ROWS(DECLARE_ROW) } NAMED(Sums);

/* A quarter of a group's items has neighbouring results along both sides: they share what they read. */
int NAMED(item_row)(int item) { return item / 64 * 4 + item % 32 / 8; }
int NAMED(item_column)(int item) { return item / 32 % 2 * 8 + item % 8; }

/* Multiplies slabs in local memory into the item's results. */
void NAMED(add_slab)(local const float* left_slab, local const float* right_slab, int item, NAMED(Sums)* sums) {
  const int row = NAMED(item_row)(item) * WIDTH(EACH), column = NAMED(item_column)(item) * WIDTH(EACH);
#pragma unroll
  for (int k = 0; k < SLAB; ++k) {
    const VECTOR left = LOAD_VECTOR(left_slab + k * STRIDE + row);
    const VECTOR right = LOAD_VECTOR(right_slab + k * STRIDE + column);
    ROWS(ADD_ROW)
  }
}

/* The results of each item's row `turn`, to local memory: a row for each row of items. */
void NAMED(store_turn)(const NAMED(Sums)* sums, int turn, int item, local float* slab) {
  local float* to = slab + NAMED(item_row)(item) * STRIDE + NAMED(item_column)(item) * WIDTH(EACH);
  ROWS(STORE_ROW)
}

/* The row of the tile that row `r` of such a turn is. */
int NAMED(tile_row)(int r, int turn) {
  return turn / WIDTH(EACH) * (SIDE * WIDTH(EACH)) + r * WIDTH(EACH) + turn % WIDTH(EACH);
}

/* A part of the depth in whole slabs: the first row of part `part` of `parts`. */
int NAMED(part_begin)(int depth, int part, int parts) {
  const int slabs = (depth + SLAB - 1) / SLAB;
  return min(depth, (int)((long)slabs * part / parts) * SLAB);
}

/* Stores a tile: results whose column is the item's own lie from `column_at` on, `row_stride` apart. `sums_at`: where
   the parts of sums lie that this group's is one of; -1: it has whole results. */
void NAMED(store_tile)(const NAMED(Sums)* sums, local float* slab, int item, int first_row, int rows,
                       int column_is_inside, size_t column_at, int row_stride, long sums_at, global float* result,
                       global const float* bias, int bias_of_rows, int bias_at, global const float* residual, int kind,
                       float alpha, float beta) {
  for (int turn = 0; turn < EACH; ++turn) {
    barrier(CLK_LOCAL_MEM_FENCE);
    NAMED(store_turn)(sums, turn, item, slab);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (!column_is_inside) continue;
    for (int r = item / TILE; r < SIDE; r += ITEMS / TILE) {
      const int row = first_row + NAMED(tile_row)(r, turn);
      if (row >= rows) continue;
      const size_t at = column_at + (size_t)row * row_stride;
      const float sum = slab[r * STRIDE + item % TILE];
      if (sums_at >= 0)
        result[sums_at + at] = sum;
      else
        result[at] = ended(sum, bias, bias_of_rows ? bias_at + row : bias_at, residual, at, kind, alpha, beta);
    }
  }
}

/* result[count, rows, columns] = left[count, rows, depth] * right[count, depth, columns]; the rows of the left factor may
   be columns in memory. The third group index is that of the product and, within it, of a part of its depth. With several parts the results are sums alone,
   [parts, count, rows, columns]. */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void NAMED(multiply)(global const float* restrict left, global const float* restrict right,
                     global const float* restrict bias, global const float* restrict residual,
                     global float* restrict result, int rows, int columns, int depth, int left_row, int left_column,
                     int left_next, int right_next, int count, int parts, int kind, float alpha, float beta) {
  local float slabs[4 * SLAB_SIZE] __attribute__((aligned(16)));
  const int product = get_group_id(2) / parts, part = get_group_id(2) % parts, item = get_local_id(0);
  const int first_row = get_group_id(1) * TILE, first_column = get_group_id(0) * TILE;
  const int begin = NAMED(part_begin)(depth, part, parts), end = NAMED(part_begin)(depth, part + 1, parts);
  left += (size_t)product * left_next;
  right += (size_t)product * right_next;
  /* Neighbours load what lies side by side: of the left factor along the depth, or across it. */
  const int along = left_column == 1, steps = along ? ITEMS / SLAB : ITEMS / TILE;
  const int left_k = along ? item % SLAB : item / TILE, left_r = along ? item / SLAB : item % TILE;
  const int right_k = item / TILE, column = first_column + item % TILE, column_is_inside = column < columns;
  left += (size_t)(first_row + left_r) * left_row;
  right += column;
  NAMED(Sums) sums;
  ROWS(CLEAR_ROW)
  float next_left[LOADS], next_right[LOADS];
  int buffer = 0;
  for (int from = begin - SLAB; from < end; from += SLAB) {
    const int next = from + SLAB;
    if (next < end) {
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int k = next + left_k + (along ? 0 : i * steps), r = along ? i * steps : 0;
        next_left[i] = k < end && first_row + left_r + r < rows
                           ? left[(size_t)r * left_row + (size_t)k * left_column] : 0;
      }
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int k = next + right_k + i * (ITEMS / TILE);
        next_right[i] = k < end && column_is_inside ? right[(size_t)k * columns] : 0;
      }
    }
    if (from >= begin) NAMED(add_slab)(slabs + buffer * SLAB_SIZE, slabs + (2 + buffer) * SLAB_SIZE, item, &sums);
    if (next < end) {
      buffer ^= 1;
      local float* to_left = slabs + buffer * SLAB_SIZE + left_k * STRIDE + left_r;
      local float* to_right = slabs + (2 + buffer) * SLAB_SIZE + right_k * STRIDE + item % TILE;
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        to_left[i * steps * (along ? 1 : STRIDE)] = next_left[i];
        to_right[i * (ITEMS / TILE) * STRIDE] = next_right[i];
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  NAMED(store_tile)(&sums, slabs, item, first_row, rows, column_is_inside, (size_t)product * rows * columns + column,
                    columns, parts > 1 ? (long)part * count * rows * columns : -1, result, bias, 0, column, residual,
                    kind, alpha, beta);
}

/* Weights [groups, depth, padded_rows], source [samples, groups, channels, height, width], result [samples, groups,
   rows, out_height, out_width]. Columns are the pixels of all samples. `taps` has, for each row of the patches, how far
   it lies from their first element, and its row and column in the window (high and low half). The third group index is
   that of the group and, within it, of a part of the depth, as above; `size` is that of the whole result. */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void NAMED(convolve)(global const float* restrict weights, global const float* restrict source,
                     global const float* restrict bias, global const float* restrict residual,
                     global float* restrict result, global const int2* restrict taps, int groups, int rows,
                     int padded_rows, int depth, int samples, int channels, int height, int width, int out_height,
                     int out_width, int stride_h, int stride_w, int pad_h, int pad_w, int size, int parts, int kind,
                     float alpha, float beta) {
  local float slabs[4 * SLAB_SIZE] __attribute__((aligned(16)));
  const int group = get_group_id(2) / parts, part = get_group_id(2) % parts, item = get_local_id(0);
  const int first_row = get_group_id(1) * TILE;
  const int begin = NAMED(part_begin)(depth, part, parts), end = NAMED(part_begin)(depth, part + 1, parts);
  const int pixels = out_height * out_width, columns = samples * pixels;
  /* All patches that an item loads are of one pixel. */
  const int column = get_group_id(0) * TILE + item % TILE, sample = column / pixels, pixel = column % pixels;
  const int column_is_inside = column < columns, first_k = item / TILE;
  const int y = pixel / out_width * stride_h - pad_h, x = pixel % out_width * stride_w - pad_w;
  global const float* patch = source + ((long)sample * groups + group) * channels * height * width + y * width + x;
  weights += (size_t)group * depth * padded_rows + first_row;
  NAMED(Sums) sums;
  ROWS(CLEAR_ROW)
  float next_patches[LOADS];
  int2 tap[LOADS];
#pragma unroll
  for (int i = 0; i < LOADS; ++i) tap[i] = tap_at(taps, begin + first_k + i * (ITEMS / TILE), end);
  int buffer = 0;
  for (int from = begin - SLAB; from < end; from += SLAB) {
    const int next = from + SLAB;
#if LOADS >= 4
    float4 next_weights[LOADS / 4];
    const int weights_k = item / (TILE / 4), weights_r = item % (TILE / 4) * 4;
#else
    float next_weights[LOADS];
#endif
    if (next < end) {
#if LOADS >= 4
#pragma unroll
      for (int i = 0; i < LOADS / 4; ++i) {
        const int k = next + weights_k + i * (ITEMS / (TILE / 4));
        next_weights[i] = k < end ? *(global const float4*)(weights + (size_t)k * padded_rows + weights_r) : 0;
      }
#else
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int k = next + first_k + i * (ITEMS / TILE);
        next_weights[i] = k < end ? weights[(size_t)k * padded_rows + item % TILE] : 0;
      }
#endif
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int row = y + (tap[i].y >> 16), at = x + (tap[i].y & 0xffff);
        const int is_inside = column_is_inside && (uint)row < (uint)height && (uint)at < (uint)width;
        next_patches[i] = is_inside ? patch[tap[i].x] : 0;
        tap[i] = tap_at(taps, next + SLAB + first_k + i * (ITEMS / TILE), end);
      }
    }
    if (from >= begin) NAMED(add_slab)(slabs + buffer * SLAB_SIZE, slabs + (2 + buffer) * SLAB_SIZE, item, &sums);
    if (next < end) {
      buffer ^= 1;
      local float* to_left = slabs + buffer * SLAB_SIZE;
      local float* to_right = slabs + (2 + buffer) * SLAB_SIZE + first_k * STRIDE + item % TILE;
#if LOADS >= 4
#pragma unroll
      for (int i = 0; i < LOADS / 4; ++i)
        *(local float4*)(to_left + (weights_k + i * (ITEMS / (TILE / 4))) * STRIDE + weights_r) = next_weights[i];
#else
#pragma unroll
      for (int i = 0; i < LOADS; ++i) to_left[(first_k + i * (ITEMS / TILE)) * STRIDE + item % TILE] = next_weights[i];
#endif
#pragma unroll
      for (int i = 0; i < LOADS; ++i) to_right[i * (ITEMS / TILE) * STRIDE] = next_patches[i];
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  NAMED(store_tile)(&sums, slabs, item, first_row, rows, column_is_inside,
                    ((size_t)sample * groups + group) * rows * pixels + pixel, pixels,
                    parts > 1 ? (long)part * size : -1, result, bias, 1, group * rows, residual, kind, alpha, beta);
}

#undef SIDE
#undef ITEMS
#undef LOADS
#undef STRIDE
#undef SLAB_SIZE
#undef VECTOR
#undef LOAD_VECTOR
#undef STORE_VECTOR
#undef ROWS
#undef DECLARE_ROW
#undef ADD_ROW
#undef CLEAR_ROW
#undef STORE_ROW
)cl";

const char* const kProductSource = R"cl(
#define JOINED(a, b) a##b
#define CONCATENATED(a, b) JOINED(a, b)

/* What the vectors of the tiled kernels are made of: neighbours of WIDTH, the next such 16 items on. */
#define WIDTH(each) ((each) < 4 ? (each) : 4)
#define ROWS_2(DO) DO(0) DO(1)
#define ROWS_4(DO) ROWS_2(DO) DO(2) DO(3)
#define ROWS_8(DO) ROWS_4(DO) DO(4) DO(5) DO(6) DO(7)
float2 load_vector_2(local const float* from) { return *(local const float2*)from; }
float4 load_vector_4(local const float* from) { return *(local const float4*)from; }
float8 load_vector_8(local const float* from) {
  return (float8)(*(local const float4*)from, *(local const float4*)(from + 64));
}
void store_vector_2(float2 vector, local float* to) { *(local float2*)to = vector; }
void store_vector_4(float4 vector, local float* to) { *(local float4*)to = vector; }
void store_vector_8(float8 vector, local float* to) {
  *(local float4*)to = vector.lo;
  *(local float4*)(to + 64) = vector.hi;
}

/* Beyond the end one that lies outside of every picture. */
int2 tap_at(global const int2* taps, int k, int end) { return k < end ? taps[k] : (int2)(0, 0x7fff0000); }

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
