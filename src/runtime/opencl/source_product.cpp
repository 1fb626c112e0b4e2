#include "runtime/opencl/sources.hpp"

namespace cleave::opencl {

// A work group of 16 x 16 items computes a tile of 64 x 64 results, 4 x 4 an item, from slabs of 16 rows of both
// factors that pass through local memory. A convolution is such a product: of its weights and of the patches that the
// kernel meets, which are looked up while a slab is loaded and never stored.
const char* const kProductSource = R"cl(
#define TILE 64
#define SIDE 16
#define EACH 4

typedef struct { int kind; float alpha, beta; } Ending;

/* Multiplies the slabs in local memory into the item's results. */
void add_slab(local const float (*left)[TILE + 1], local const float (*right)[TILE + 1], float sums[EACH][EACH]) {
  const int row = get_local_id(1), column = get_local_id(0);
  for (int k = 0; k < SIDE; ++k) {
    float a[EACH], b[EACH];
    for (int i = 0; i < EACH; ++i) a[i] = left[k][row + i * SIDE];
    for (int j = 0; j < EACH; ++j) b[j] = right[k][column + j * SIDE];
    for (int i = 0; i < EACH; ++i)
      for (int j = 0; j < EACH; ++j) sums[i][j] = mad(a[i], b[j], sums[i][j]);
  }
}

void store_tile(global float* result, float sums[EACH][EACH], int rows, int columns, global const float* bias,
                int bias_is_of_rows, global const float* residual, float scale, float residual_scale, Ending ending) {
  for (int i = 0; i < EACH; ++i)
    for (int j = 0; j < EACH; ++j) {
      const int row = get_group_id(1) * TILE + get_local_id(1) + i * SIDE;
      const int column = get_group_id(0) * TILE + get_local_id(0) + j * SIDE;
      if (row >= rows || column >= columns) continue;
      const size_t at = (size_t)row * columns + column;
      float number = sums[i][j] * scale;
      if (bias) number += bias[bias_is_of_rows ? row : column];
      if (residual) number += residual[at] * residual_scale;
      result[at] = function_of(ending.kind, ending.alpha, ending.beta, number);
    }
}

/* result[rows x columns] = left * right, any strides, a product for each third group index; factors take turns with
   their period. */
__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1)))
void multiply(global const float* left, global const float* right, global const float* bias,
              global const float* residual, global float* result, int rows, int columns, int depth,
              int left_row, int left_column, int left_next, int left_period,
              int right_row, int right_column, int right_next, int right_period,
              int bias_is_of_rows, int bias_next, float scale, float residual_scale,
              int kind, float alpha, float beta) {
  local float left_slab[SIDE][TILE + 1], right_slab[SIDE][TILE + 1];
  const int batch = get_group_id(2), item = get_local_id(1) * SIDE + get_local_id(0);
  const int first_row = get_group_id(1) * TILE, first_column = get_group_id(0) * TILE;
  left += (size_t)(batch % left_period) * left_next;
  right += (size_t)(batch % right_period) * right_next;
  if (bias) bias += (size_t)(batch % left_period) * bias_next;
  float sums[EACH][EACH] = {{0}};
  for (int begin = 0; begin < depth; begin += SIDE) {
    for (int e = item; e < SIDE * TILE; e += SIDE * SIDE) {
      /* Neighbours load what lies side by side. */
      const int k = left_column == 1 ? e % SIDE : e / TILE, r = left_column == 1 ? e / SIDE : e % TILE;
      const int row = first_row + r, at = begin + k;
      left_slab[k][r] = row < rows && at < depth ? left[(size_t)row * left_row + (size_t)at * left_column] : 0;
    }
    for (int e = item; e < SIDE * TILE; e += SIDE * SIDE) {
      const int k = right_column == 1 ? e / TILE : e % SIDE, c = right_column == 1 ? e % TILE : e / SIDE;
      const int column = first_column + c, at = begin + k;
      right_slab[k][c] =
          column < columns && at < depth ? right[(size_t)at * right_row + (size_t)column * right_column] : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    add_slab(left_slab, right_slab, sums);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const size_t offset = (size_t)batch * rows * columns;
  const Ending ending = {kind, alpha, beta};
  store_tile(result + offset, sums, rows, columns, bias, bias_is_of_rows, residual ? residual + offset : 0, scale,
             residual_scale, ending);
}

/* Weights [groups, rows, depth], source [sample, groups, channels, height, width]. */
__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1)))
void convolve(global const float* weights, global const float* source, global const float* bias,
              global const float* residual, global float* result, int groups, int rows, int channels,
              int height, int width, int out_height, int out_width, int kernel_h, int kernel_w,
              int stride_h, int stride_w, int dilation_h, int dilation_w, int pad_h, int pad_w,
              int kind, float alpha, float beta) {
  local float left_slab[SIDE][TILE + 1], right_slab[SIDE][TILE + 1];
  const int batch = get_group_id(2), item = get_local_id(1) * SIDE + get_local_id(0);
  const int first_row = get_group_id(1) * TILE, first_column = get_group_id(0) * TILE;
  const int window = kernel_h * kernel_w, depth = channels * window, columns = out_height * out_width;
  const int group = batch % groups;
  weights += (size_t)group * rows * depth;
  source += (size_t)batch * channels * height * width;
  float sums[EACH][EACH] = {{0}};
  for (int begin = 0; begin < depth; begin += SIDE) {
    for (int e = item; e < SIDE * TILE; e += SIDE * SIDE) {
      const int row = first_row + e / SIDE, at = begin + e % SIDE;
      left_slab[e % SIDE][e / SIDE] = row < rows && at < depth ? weights[(size_t)row * depth + at] : 0;
    }
    for (int e = item; e < SIDE * TILE; e += SIDE * SIDE) {
      const int column = first_column + e % TILE, at = begin + e / TILE;
      const int place = at % window;
      const int y = column / out_width * stride_h - pad_h + place / kernel_w * dilation_h;
      const int x = column % out_width * stride_w - pad_w + place % kernel_w * dilation_w;
      const int inside = column < columns && at < depth && y >= 0 && y < height && x >= 0 && x < width;
      right_slab[e / TILE][e % TILE] = inside ? source[((size_t)(at / window) * height + y) * width + x] : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    add_slab(left_slab, right_slab, sums);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const size_t offset = (size_t)batch * rows * columns;
  const Ending ending = {kind, alpha, beta};
  store_tile(result + offset, sums, rows, columns, bias ? bias + (size_t)group * rows : 0, 1,
             residual ? residual + offset : 0, 1, 1, ending);
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
  if (bias) sum += bias[channel];
  if (residual) sum += residual[at];
  result[at] = function_of(kind, alpha, beta, sum);
}
)cl";

}  // namespace cleave::opencl
