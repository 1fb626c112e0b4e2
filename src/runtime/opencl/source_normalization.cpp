#include "runtime/opencl/sources.hpp"

namespace cleave::opencl {

// Rows are [outer, extent, inner] along the extent; a work group of 64 items takes a row.
const char* const kNormalizationSource = R"cl(
#define ITEMS 64

float sum_of_items(local float* parts, float own) {
  const int item = get_local_id(0);
  parts[item] = own;
  for (int reach = ITEMS / 2; reach > 0; reach /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < reach) parts[item] += parts[item + reach];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float sum = parts[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

float most_of_items(local float* parts, float own) {
  const int item = get_local_id(0);
  parts[item] = own;
  for (int reach = ITEMS / 2; reach > 0; reach /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < reach) parts[item] = fmax(parts[item], parts[item + reach]);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float most = parts[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return most;
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void softmax(global const float* source, global float* result, int extent, int inner, int logarithm) {
  local float parts[ITEMS];
  const int row = get_group_id(0), item = get_local_id(0);
  const size_t begin = (size_t)(row / inner) * extent * inner + row % inner;
  source += begin;
  result += begin;
  float most = -INFINITY;
  for (int i = item; i < extent; i += ITEMS) most = fmax(most, source[(size_t)i * inner]);
  most = most_of_items(parts, most);
  float sum = 0;
  for (int i = item; i < extent; i += ITEMS) sum += exp(source[(size_t)i * inner] - most);
  sum = sum_of_items(parts, sum);
  const float logarithm_of_sum = log(sum);
  for (int i = item; i < extent; i += ITEMS) {
    const float x = source[(size_t)i * inner];
    result[(size_t)i * inner] = logarithm ? x - most - logarithm_of_sum : exp(x - most) / sum;
  }
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void normalize_rows(global const float* source, global const float* scale, global const float* shift,
                    global float* result, int extent, float epsilon) {
  local float parts[ITEMS];
  const size_t begin = (size_t)get_group_id(0) * extent;
  const int item = get_local_id(0);
  source += begin;
  result += begin;
  float sum = 0;
  for (int i = item; i < extent; i += ITEMS) sum += source[i];
  const float mean = sum_of_items(parts, sum) / extent;
  float squares = 0;
  for (int i = item; i < extent; i += ITEMS) squares += (source[i] - mean) * (source[i] - mean);
  const float factor = 1 / sqrt(sum_of_items(parts, squares) / extent + epsilon);
  for (int i = item; i < extent; i += ITEMS)
    result[i] = (source[i] - mean) * factor * scale[i] + (shift ? shift[i] : 0);
}

/* 0 sum, 1 mean, 2 greatest, 3 least. */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void reduce_rows(global const float* source, global float* result, int extent, int inner, int operation) {
  local float parts[ITEMS];
  const int row = get_group_id(0), item = get_local_id(0);
  source += (size_t)(row / inner) * extent * inner + row % inner;
  float own = operation < 2 ? 0 : -INFINITY;
  for (int i = item; i < extent; i += ITEMS) {
    const float x = source[(size_t)i * inner];
    own = operation < 2 ? own + x : fmax(own, operation == 2 ? x : -x);
  }
  const float all = operation < 2 ? sum_of_items(parts, own) : most_of_items(parts, own);
  if (item == 0) result[row] = operation == 1 ? all / extent : operation == 3 ? -all : all;
}

/* Reads a block over and over; a sum for each item, so that nothing can be left out. */
__kernel void read_block(global const float4* block, global float* result, int count, int passes) {
  const int items = get_global_size(0), item = get_global_id(0);
  float4 sum = 0;
  for (int pass = 0; pass < passes; ++pass)
    for (int i = item; i < count; i += items) sum += block[i];
  result[item] = sum.x + sum.y + sum.z + sum.w;
}

/* x / (bias + alpha / size * sum of squares of the `size` channels around)^beta */
__kernel void normalize_responses(global const float* source, global float* result, int count, int channels,
                                  int inner, int size, float alpha, float beta, float bias) {
  const int at = get_global_id(0);
  if (at >= count) return;
  const int channel = at / inner % channels;
  float squares = 0;
  for (int c = max(0, channel - size / 2); c <= min(channels - 1, channel + size / 2); ++c) {
    const float x = source[at + (c - channel) * inner];
    squares += x * x;
  }
  result[at] = source[at] / pow(bias + alpha / size * squares, beta);
}

__kernel void pool(global const float* source, global float* result, int count, int height, int width, int out_height,
                   int out_width, int kernel_h, int kernel_w, int stride_h, int stride_w, int dilation_h,
                   int dilation_w, int pad_h, int pad_w, int averages, int counts_padding) {
  const int at = get_global_id(0);
  if (at >= count) return;
  const int pixel = at % (out_height * out_width), plane = at / (out_height * out_width);
  const int y = pixel / out_width * stride_h - pad_h, x = pixel % out_width * stride_w - pad_w;
  source += (size_t)plane * height * width;
  float most = -INFINITY, sum = 0;
  int seen = 0;
  for (int i = 0; i < kernel_h; ++i)
    for (int j = 0; j < kernel_w; ++j) {
      const int row = y + i * dilation_h, column = x + j * dilation_w;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const float number = source[(size_t)row * width + column];
      most = fmax(most, number);
      sum += number;
      ++seen;
    }
  result[at] = !averages ? most : sum / (counts_padding ? kernel_h * kernel_w : seen);
}
)cl";

}  // namespace cleave::opencl
