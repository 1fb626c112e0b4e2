#include "costmodel/correction.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace cleave {
namespace {

double octaves(std::int64_t count) { return std::log2(static_cast<double>(std::max<std::int64_t>(count, 1))); }

/// How often 2 divides `count`, at most five times: kernels are slower on rests of vectors and tiles.
double alignment(std::int64_t count) {
  constexpr int most = 5;
  return std::min(most, std::countr_zero(static_cast<std::uint64_t>(count)));
}

}  // namespace

ShapePoint shape_point(const Work& work, double weights_cached) {
  const Window& w = work.window;
  const double warmth = 2 * weights_cached;
  // Kinds without products are compared by what they read, write and compute, and never with each other.
  constexpr double apart = 64;
  if (work.kind != OpKind::conv && work.kind != OpKind::gemm && work.kind != OpKind::matmul)
    return {octaves(std::llround(work.input_bytes)),
            octaves(std::llround(work.output_bytes)),
            octaves(std::llround(work.flops)),
            0,
            apart * static_cast<double>(work.kind),
            0,
            0,
            0,
            0,
            warmth,
            0,
            0,
            0,
            0};
  // In older corrections, whose coordinates count alike, a convolution's plane does less than its channels and window.
  const bool conv = work.kind == OpKind::conv;
  const double of_rows = conv ? 0.6 : 1, of_area = conv ? 0.5 : 1;
  return {of_rows * octaves(work.gemm.m),
          octaves(work.gemm.n),
          octaves(work.gemm.k),
          octaves(work.gemm.groups),
          2 * octaves(w.kernel_h * w.kernel_w),
          2 * static_cast<double>(w.stride_h),
          of_area * octaves(w.in_h * w.in_w),
          alignment(work.gemm.n * work.gemm.groups),
          alignment(w.in_c > 0 ? w.in_c : work.gemm.k),
          warmth,
          conv ? octaves(work.samples()) : 0,
          conv ? octaves(work.group_channels()) : 0,
          octaves(w.out_h * w.out_w),
          octaves(w.out_w)};
}

double similarity(const ShapePoint& a, const ShapePoint& b, const ShapePoint& scales) {
  double square = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = (a[i] - b[i]) * scales[i];
    square += apart * apart;
  }
  const double distance = std::numbers::sqrt3 * std::sqrt(square);
  return (1 + distance) * std::exp(-distance);
}

double correction_factor(const Correction& correction, const ShapePoint& at) {
  double sum = 0;
  for (const Correction::Point& point : correction.points)
    sum += point.weight * similarity(point.at, at, correction.scales);
  return std::exp(std::clamp(sum, -kMostLogFactor, kMostLogFactor));
}

}  // namespace cleave
