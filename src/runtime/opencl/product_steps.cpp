#include "runtime/cpu/folding.hpp"
#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/window.hpp"
#include "runtime/opencl/device_kernels.hpp"
#include "runtime/opencl/sources.hpp"
#include "runtime/opencl/tiling.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace cleave::opencl {
namespace {

using cpu::Strides;

cl_int whole(std::int64_t number) { return static_cast<cl_int>(number); }

/// One by one: g++ 12 takes the range insert of variants for an overflow.
void append_all(std::vector<Argument>& arguments, std::initializer_list<cl_int> numbers) {
  for (const cl_int number : numbers) arguments.emplace_back(number);
}

void append(std::vector<Argument>& arguments, const Ending& ending) {
  arguments.emplace_back(ending.kind);
  arguments.emplace_back(ending.alpha);
  arguments.emplace_back(ending.beta);
}

/// What is added to a result and done with it; its channel is that of [outer, channels, inner].
struct Finish {
  SlotId bias = {}, residual = {};
  std::int64_t channels = 1, inner = 1;
  Ending ending = {};
};

/// Adds up `parts` of the result.
void add_finish(DeviceStageBuilder& builder, SlotId sums, SlotId target, cl_int count, std::int64_t parts,
                const Finish& finish) {
  std::vector<Argument> arguments{sums, finish.bias, finish.residual, target};
  append_all(arguments, {count, whole(parts), whole(finish.channels), whole(finish.inner)});
  append(arguments, finish.ending);
  builder.launch(over("finish", count, std::move(arguments)));
}

/// Tiles of the results of `shape`, each in parts of the depth.
Launch tiled(std::span<const char* const, kTiles.size()> kernels, const ProductShape& shape, const Tiling& tiling) {
  const auto tiles = [&](std::int64_t extent) {
    const std::int64_t side = kTiles[tiling.tile].side;
    return static_cast<std::size_t>(std::max<std::int64_t>(1, (extent + side - 1) / side));
  };
  return {.kernel = kernels[tiling.tile],
          .items = {tiles(shape.columns) * kTileItems, tiles(shape.rows),
                    static_cast<std::size_t>(std::max<std::int64_t>(1, shape.count) * tiling.parts)},
          .group = {kTileItems, 1, 1}};
}

/// Parts of the results are summed beside them.
SlotId target_of(DeviceStageBuilder& builder, SlotId result, std::int64_t count, std::int64_t parts) {
  return parts == 1 ? result : builder.scratch(static_cast<std::size_t>(count * parts) * sizeof(float));
}

/// [outer, rows, columns] with the last two dimensions exchanged, the new last one filled up with zeros to `padded`.
std::vector<float> transposed(std::span<const float> matrices, std::int64_t rows, std::int64_t columns,
                              std::int64_t padded) {
  const auto matrix = static_cast<std::size_t>(rows * columns);
  std::vector<float> result(matrices.size() / matrix * static_cast<std::size_t>(columns * padded));
  for (std::size_t from = 0, to = 0; from < matrices.size(); from += matrix)
    for (std::int64_t column = 0; column < columns; ++column, to += static_cast<std::size_t>(padded))
      for (std::int64_t row = 0; row < rows; ++row)
        result[to + static_cast<std::size_t>(row)] = matrices[from + static_cast<std::size_t>(row * columns + column)];
  return result;
}

// ---- Conv -------------------------------------------------------------------------------------

/// The geometry of a convolution in two dimensions.
struct Geometry {
  std::int64_t height = 1, width = 1, out_height = 1, out_width = 1;
  Strides kernel, strides, dilations, pads;  ///< height, width
};

Geometry geometry_of(const Graph& graph, const Node& node) {
  const Shape &source = graph.values[node.inputs[0]].shape, &target = graph.values[node.outputs[0]].shape;
  const Shape& weights = graph.values[node.inputs[1]].shape;
  const cpu::Windows windows = cpu::windows_of(node, Strides(weights.begin() + 2, weights.end()), source, target);
  const auto pair = [](const Strides& own, std::int64_t absent) {
    return own.size() == 2 ? own : Strides{absent, own[0]};
  };
  const bool flat = source.size() == 3;
  return {.height = flat ? 1 : source[2],
          .width = source.back(),
          .out_height = flat ? 1 : target[2],
          .out_width = target.back(),
          .kernel = pair(windows.kernel, 1),
          .strides = pair(windows.strides, 1),
          .dilations = pair(windows.dilations, 1),
          .pads = pair(windows.pads_begin, 0)};
}

/// For each row of the patches of one group how far it lies from their first element, then its row and its column in
/// the window, in the halves of a number.
std::vector<cl_int> taps_of(const Geometry& geometry, std::int64_t channels) {
  std::vector<cl_int> taps;
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t i = 0; i < geometry.kernel[0]; ++i)
      for (std::int64_t j = 0; j < geometry.kernel[1]; ++j) {
        const std::int64_t row = i * geometry.dilations[0], column = j * geometry.dilations[1];
        taps.push_back(whole((channel * geometry.height + row) * geometry.width + column));
        taps.push_back(whole(row << 16 | column));
      }
  return taps;
}

/// Rows and columns fit the halves of a number, and the row beyond all windows (tap_at) is outside of the picture.
bool windows_are_small(const Geometry& geometry) {
  constexpr std::int64_t most = (1 << 15) - 1;
  return geometry.kernel[0] * geometry.dilations[0] < most && geometry.kernel[1] * geometry.dilations[1] < most &&
         geometry.height + geometry.pads[0] <= most;
}

bool conv_fits(const Graph& graph, const Node& node) {
  const std::size_t rank = graph.values[node.inputs[0]].shape.size();
  return (rank == 3 || rank == 4) && graph.constants.contains(node.inputs[1]) &&
         (!cpu::has_input(node, 2) || graph.constants.contains(node.inputs[2])) &&
         element_count(graph.values[node.inputs[1]].shape) > 0 &&
         element_count(graph.values[node.outputs[0]].shape) > 0 && windows_are_small(geometry_of(graph, node));
}

std::span<const float> numbers_of(const cpu::FoldedWeights& folded) { return folded.weights.value().as<float>(); }

SlotId bias_of(DeviceStageBuilder& builder, const cpu::FoldedWeights& folded) {
  return folded.bias ? builder.constant(std::span<const float>(*folded.bias)) : SlotId();
}

SlotId residual_of(DeviceStageBuilder& builder, const cpu::Step& step) {
  return step.residual.valid() ? builder.read(step.residual) : SlotId();
}

void append_windows(std::vector<Argument>& arguments, const Geometry& geometry,
                    std::initializer_list<const Strides*> pairs) {
  append_all(arguments,
             {whole(geometry.height), whole(geometry.width), whole(geometry.out_height), whole(geometry.out_width)});
  for (const Strides* pair : pairs)
    for (const std::int64_t number : *pair) arguments.emplace_back(whole(number));
}

/// One input channel for each group.
void add_depthwise(DeviceStageBuilder& builder, const Geometry& geometry, std::int64_t groups, std::int64_t rows,
                   cl_int count, SlotId source, SlotId target, const cpu::FoldedWeights& folded, const Finish& finish) {
  const SlotId weights = builder.constant(numbers_of(folded));
  std::vector<Argument> arguments{weights, source, finish.bias, finish.residual, target};
  append_all(arguments, {count, whole(groups), whole(rows)});
  append_windows(arguments, geometry, {&geometry.kernel, &geometry.strides, &geometry.dilations, &geometry.pads});
  append(arguments, finish.ending);
  builder.launch(over("convolve_depthwise", count, std::move(arguments)));
}

void build_conv(DeviceStageBuilder& builder, const cpu::Step& step) {
  static constexpr std::array kernels{"convolve_128", "convolve_64", "convolve_32"};
  const Node& node = *step.node;
  const Shape &source_shape = builder.shape(node.inputs[0]), &weights = builder.shape(node.inputs[1]);
  const Geometry geometry = geometry_of(builder.graph(), node);
  const auto groups = node.attribute<std::int64_t>("group", 1);
  const std::int64_t samples = source_shape[0], channels = weights[1], rows = weights[0] / groups;
  const std::int64_t pixels = geometry.out_height * geometry.out_width;
  const cpu::FoldedWeights folded = cpu::fold_convolution(builder.graph(), step).folded;
  const cl_int count = count_of(builder.graph(), step.result);
  const SlotId source = builder.read(node.inputs[0]);
  const Finish finish{.bias = bias_of(builder, folded),
                      .residual = residual_of(builder, step),
                      .channels = weights[0],
                      .inner = pixels,
                      .ending = ending_of(step.function)};
  if (channels == 1 && groups > 1)
    return add_depthwise(builder, geometry, groups, rows, count, source, builder.write(step.result), folded, finish);
  const ProductShape shape{.rows = rows,
                           .columns = samples * pixels,
                           .depth = channels * geometry.kernel[0] * geometry.kernel[1],
                           .count = groups};
  const Tiling tiling = tiling_of(shape, builder.device_size());
  const std::int64_t side = kTiles[tiling.tile].side, padded_rows = (rows + side - 1) / side * side;
  const SlotId turned =
      builder.constant(std::span<const float>(transposed(numbers_of(folded), rows, shape.depth, padded_rows)));
  const SlotId taps = builder.constant(std::span<const cl_int>(taps_of(geometry, channels)));
  const SlotId target = builder.write(step.result), sums = target_of(builder, target, count, tiling.parts);
  Launch launch = tiled(kernels, shape, tiling);
  launch.arguments = {turned, source, finish.bias, finish.residual, sums, taps};
  append_all(launch.arguments,
             {whole(groups), whole(rows), whole(padded_rows), whole(shape.depth), whole(samples), whole(channels)});
  append_windows(launch.arguments, geometry, {&geometry.strides, &geometry.pads});
  append_all(launch.arguments, {count, whole(tiling.parts)});
  append(launch.arguments, finish.ending);
  builder.launch(std::move(launch));
  if (tiling.parts > 1) add_finish(builder, sums, target, count, tiling.parts, finish);
}

// ---- Gemm, MatMul -----------------------------------------------------------------------------

bool gemm_fits(const Graph& graph, const Node& node) {
  return cpu::can_fold(graph, node) && element_count(graph.values[node.inputs[1]].shape) > 0 &&
         element_count(graph.values[node.outputs[0]].shape) > 0;
}

struct Factors {
  ProductShape shape = {};
  bool left_transposed = false;
};

void add_product(DeviceStageBuilder& builder, const Factors& f, SlotId left, SlotId right, SlotId target,
                 const Finish& finish) {
  static constexpr std::array kernels{"multiply_128", "multiply_64", "multiply_32"};
  const auto& [rows, columns, depth, products] = f.shape;
  const Tiling tiling = tiling_of(f.shape, builder.device_size());
  const std::int64_t count = products * rows * columns;
  const SlotId sums = target_of(builder, target, count, tiling.parts);
  Launch launch = tiled(kernels, f.shape, tiling);
  launch.arguments = {left, right, finish.bias, finish.residual, sums};
  append_all(launch.arguments, {whole(rows), whole(columns), whole(depth), f.left_transposed ? 1 : whole(depth),
                                f.left_transposed ? whole(rows) : 1, whole(rows * depth), whole(depth * columns),
                                whole(products), whole(tiling.parts)});
  append(launch.arguments, finish.ending);
  builder.launch(std::move(launch));
  if (tiling.parts > 1) add_finish(builder, sums, target, whole(count), tiling.parts, finish);
}

bool has_few_rows(const Factors& f) {
  return f.shape.rows <= kFewRows && f.shape.count == 1 && f.shape.columns % kFewColumns == 0 &&
         (f.shape.rows == 1 || !f.left_transposed);
}

void add_product_of_few_rows(DeviceStageBuilder& builder, const ProductShape& shape, SlotId left, SlotId right,
                             SlotId target, const Finish& finish) {
  const std::int64_t parts = parts_of_few_rows(shape, builder.device_size()), count = shape.rows * shape.columns;
  const SlotId sums = builder.scratch(static_cast<std::size_t>(count * parts) * sizeof(float));
  Launch launch{.kernel = "multiply_few",
                .arguments = {left, right, sums},
                .items = {static_cast<std::size_t>(shape.columns / kFewColumns), static_cast<std::size_t>(parts), 1},
                .group = {kFewItems, 1, 1}};
  append_all(launch.arguments, {whole(shape.rows), whole(shape.columns), whole(shape.depth), whole(parts)});
  builder.launch(std::move(launch));
  add_finish(builder, sums, target, whole(count), parts, finish);
}

/// `step.result` of `factors`, with what is fused into it.
void add_step(DeviceStageBuilder& builder, const cpu::Step& step, const Factors& factors, SlotId left, SlotId right,
              SlotId bias) {
  const Finish finish{.bias = bias,
                      .residual = residual_of(builder, step),
                      .channels = factors.shape.columns,
                      .ending = ending_of(step.function)};
  const SlotId target = builder.write(step.result);
  if (has_few_rows(factors))
    add_product_of_few_rows(builder, factors.shape, left, right, target, finish);
  else
    add_product(builder, factors, left, right, target, finish);
}

void build_gemm(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape &source_shape = builder.shape(node.inputs[0]), &target_shape = builder.shape(node.outputs[0]);
  Factors factors{.shape = {.rows = target_shape[0], .columns = target_shape[1]}};
  factors.left_transposed = node.attribute<std::int64_t>("transA", 0) != 0;
  factors.shape.depth = source_shape[factors.left_transposed ? 0 : 1];
  const SlotId source = builder.read(node.inputs[0]);
  const cpu::FoldedWeights folded = cpu::fold_gemm(builder.graph(), step).folded;
  const auto numbers = numbers_of(folded);
  const bool turn = node.attribute<std::int64_t>("transB", 0) != 0;
  const std::int64_t columns = target_shape[1];
  const SlotId weights = builder.constant(
      turn ? std::span<const float>(transposed(numbers, columns, factors.shape.depth, columns)) : numbers);
  add_step(builder, step, factors, source, weights, bias_of(builder, folded));
}

/// Stacks of equal extents, or one matrix for all.
bool matmul_fits(const Graph& graph, const Node& node) {
  const Shape &a = graph.values[node.inputs[0]].shape, &b = graph.values[node.inputs[1]].shape;
  if (a.size() < 2 || b.size() < 2 || element_count(graph.values[node.outputs[0]].shape) == 0) return false;
  return b.size() == 2 || (a.size() == b.size() && std::equal(a.begin(), a.end() - 2, b.begin()));
}

void build_matmul(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Graph& graph = builder.graph();
  const Shape &a = builder.shape(node.inputs[0]), &b = builder.shape(node.inputs[1]);
  Factors factors{.shape = {.rows = a[a.size() - 2], .columns = b.back(), .depth = a.back()}};
  const std::int64_t matrix = factors.shape.rows * factors.shape.depth;
  const std::int64_t stack = matrix == 0 ? 1 : element_count(a) / matrix;
  if (b.size() == 2) {
    factors.shape.rows *= stack;
  } else {
    factors.shape.count = stack;
  }
  const SlotId source = builder.read(node.inputs[0]);
  if (b.size() != 2 || !graph.constants.contains(node.inputs[1]))
    return add_step(builder, step, factors, source, builder.read(node.inputs[1]), {});
  const cpu::FoldedWeights folded = cpu::fold_matmul(graph, step).folded;
  add_step(builder, step, factors, source, builder.constant(numbers_of(folded)), bias_of(builder, folded));
}

constexpr std::array kKernels{DeviceKernel{"Conv", conv_fits, build_conv}, DeviceKernel{"Gemm", gemm_fits, build_gemm},
                              DeviceKernel{"MatMul", matmul_fits, build_matmul}};

}  // namespace

std::span<const DeviceKernel> product_kernels() { return kKernels; }

}  // namespace cleave::opencl
