#include "runtime/cpu/dense_product.hpp"
#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/short_factors.hpp"
#include "runtime/cpu/short_values.hpp"
#include "runtime/cpu/strided.hpp"

#include <array>
#include <cstring>

namespace cleave::cpu {

namespace {

std::string product_unsupported(const Graph& graph, const Node& node) { return floats_only(graph, node, 3); }

// ---- Gemm -------------------------------------------------------------------------------------

onednn::ProductShape gemm_shape(const Graph& graph, const Node& node) {
  onednn::ProductShape shape;
  const Shape& source = shape_of(graph, node.inputs[0]);
  shape.source_transposed = node.attribute<std::int64_t>("transA", 0) != 0;
  shape.weights_transposed = node.attribute<std::int64_t>("transB", 0) != 0;
  shape.m = source[shape.source_transposed ? 1 : 0];
  shape.k = source[shape.source_transposed ? 0 : 1];
  shape.n = shape_of(graph, node.outputs[0])[1];
  return shape;
}

/// The third factor is a matrix, or something is computed at run time: target = beta * C first.
void build_general_gemm(StageBuilder& builder, const Step& step, const onednn::ProductShape& shape) {
  const Node& node = *step.node;
  const bool adds = has_input(node, 2);
  const onednn::Epilogue epilogue{.scale = node.attribute("alpha", 1.0F),
                                  .sum = adds ? std::optional(node.attribute("beta", 1.0F)) : std::nullopt,
                                  .function = step.function};
  const auto routine = onednn::product(builder.kernels(), shape, nullptr, nullptr, epilogue);
  const SlotId source = builder.read(node.inputs[0], Layout::row_major);
  const SlotId weights = builder.read(node.inputs[1], Layout::row_major);
  const SlotId addend = adds ? builder.read(node.inputs[2], Layout::row_major) : SlotId();
  const SlotId target = builder.write(step.result, Layout::row_major);
  const SlotId work = builder.scratch(routine.scratch_bytes);
  Copy load;
  if (adds) {
    const Shape& result = builder.shape(step.result);
    load = make_copy({.extents = result,
                      .from = broadcast_strides(builder.shape(node.inputs[2]), Layout::row_major, result),
                      .to = strides_of(result, Layout::row_major)},
                     sizeof(float));
  }
  builder.step([=](const Memory& memory) {
    if (load) load(memory.raw(addend), memory.raw(target));
    routine.run({.source = memory.at(source),
                 .weights = memory.at(weights),
                 .target = memory.at(target),
                 .scratch = memory.raw(work)});
  });
}

std::shared_ptr<const WeightedKernel> pack_folded(const StageBuilder& builder, const Step& step,
                                                  onednn::ProductShape shape, FoldedProduct product) {
  FoldedWeights& folded = product.folded;
  ShortFactors factors = short_factors(builder, step, product);
  shape.has_bias = folded.bias.has_value();
  const bool by_own_kernel =
      folded.weights && factors.arithmetic.source == Element::f32 && suits_dense_product(shape, factors.epilogue);
  onednn::Routine routine = by_own_kernel ? dense_product(builder.kernels(), shape, folded.weights_data(),
                                                          folded.bias_data(), factors.epilogue)
                                          : onednn::product(builder.kernels(), shape, weights_of(factors, folded),
                                                            folded.bias_data(), factors.epilogue, factors.arithmetic);
  return std::make_shared<const WeightedKernel>(
      WeightedKernel{std::move(routine), factors.arithmetic, folded.weights.has_value(), folded.bias.has_value()});
}

std::shared_ptr<const WeightedKernel> pack_gemm(const StageBuilder& builder, const Step& step) {
  const Graph& graph = builder.graph();
  if (!can_fold(graph, *step.node)) return nullptr;
  return pack_folded(builder, step, gemm_shape(graph, *step.node), fold_gemm(graph, step));
}

void build_gemm(StageBuilder& builder, const Step& step) {
  if (const auto kernel = step.packed ? step.packed : pack_gemm(builder, step))
    add_weighted(builder, step, *kernel, Layout::row_major);
  else
    build_general_gemm(builder, step, gemm_shape(builder.graph(), *step.node));
}

// ---- MatMul -----------------------------------------------------------------------------------

/// Both factors as stacks of matrices.
struct Stacks {
  Shape source_batch, weights_batch, batch;
  std::int64_t m = 1, k = 1, n = 1;
};

Stacks stacks_of(const Graph& graph, const Node& node) {
  Shape source = shape_of(graph, node.inputs[0]);
  Shape weights = shape_of(graph, node.inputs[1]);
  if (source.size() == 1) source.insert(source.begin(), 1);
  if (weights.size() == 1) weights.push_back(1);
  Stacks stacks;
  stacks.m = source[source.size() - 2];
  stacks.k = source.back();
  stacks.n = weights.back();
  const std::size_t rank = std::max(source.size(), weights.size()) - 2;
  stacks.source_batch = aligned(Shape(source.begin(), source.end() - 2), rank);
  stacks.weights_batch = aligned(Shape(weights.begin(), weights.end() - 2), rank);
  for (std::size_t i = 0; i < rank; ++i)
    stacks.batch.push_back(std::max(stacks.source_batch[i], stacks.weights_batch[i]));
  return stacks;
}

/// Where the factors of each product of the stack begin, in elements.
std::vector<std::array<std::int64_t, 2>> product_offsets(const Stacks& stacks) {
  std::vector<std::array<std::int64_t, 2>> offsets;
  const Strides dense = strides_of(stacks.batch, Layout::row_major);
  const Loops<3> loops =
      make_loops<3>(stacks.batch, {dense, broadcast_strides(stacks.source_batch, Layout::row_major, stacks.batch),
                                   broadcast_strides(stacks.weights_batch, Layout::row_major, stacks.batch)});
  for_each_row(loops, [&](const std::array<std::int64_t, 3>& row) {
    for (std::int64_t i = 0; i < loops.extents.back(); ++i)
      offsets.push_back({(row[1] + i * loops.strides.back()[1]) * stacks.m * stacks.k,
                         (row[2] + i * loops.strides.back()[2]) * stacks.k * stacks.n});
  });
  return offsets;
}

/// One product after the other, factors repeated where their stacks differ.
void build_repeated(StageBuilder& builder, const Step& step, const Stacks& stacks) {
  const Node& node = *step.node;
  const auto routine =
      onednn::product(builder.kernels(), {.m = stacks.m, .k = stacks.k, .n = stacks.n}, nullptr, nullptr, {});
  const SlotId source = builder.read(node.inputs[0], Layout::row_major);
  const SlotId weights = builder.read(node.inputs[1], Layout::row_major);
  const SlotId target = builder.write(step.result, Layout::row_major);
  const SlotId work = builder.scratch(routine.scratch_bytes);
  builder.step([=, offsets = product_offsets(stacks), size = stacks.m * stacks.n](const Memory& memory) {
    float* out = memory.at(target);
    for (const auto& [source_offset, weights_offset] : offsets) {
      routine.run({.source = memory.at(source) + source_offset,
                   .weights = memory.at(weights) + weights_offset,
                   .target = out,
                   .scratch = memory.raw(work)});
      out += size;
    }
  });
}

/// All in one product, where there is only one second factor; else each with its own.
onednn::ProductShape product_shape(const Stacks& stacks) {
  const bool one_matrix = element_count(stacks.weights_batch) == 1;
  const std::int64_t batch = element_count(stacks.batch);
  return {.batch = one_matrix ? 1 : batch, .m = one_matrix ? batch * stacks.m : stacks.m, .k = stacks.k, .n = stacks.n};
}

/// Both factors are computed at run time and have short forms.
WeightedKernel short_product(const StageBuilder& builder, const Step& step, const onednn::ProductShape& shape) {
  const onednn::Arithmetic arithmetic{.source = builder.coded_element(step.node->inputs[0]),
                                      .weights = builder.coded_element(step.node->inputs[1]),
                                      .target = builder.coded_element(step.result)};
  return {.routine = onednn::product(builder.kernels(), shape, nullptr, nullptr, {}, arithmetic),
          .arithmetic = arithmetic};
}

std::shared_ptr<const WeightedKernel> pack_matmul(const StageBuilder& builder, const Step& step) {
  const Graph& graph = builder.graph();
  const Node& node = *step.node;
  const Stacks stacks = stacks_of(graph, node);
  const bool one_matrix = element_count(stacks.weights_batch) == 1;
  if (!one_matrix && stacks.source_batch != stacks.weights_batch) return nullptr;
  const onednn::ProductShape shape = product_shape(stacks);
  const bool is_short =
      builder.coded_element(node.inputs[0]) == Element::bf16 && builder.coded_element(node.inputs[1]) == Element::bf16;
  if (is_short && multiplies_activations(graph, node))
    return std::make_shared<const WeightedKernel>(short_product(builder, step, shape));
  const bool is_constant = one_matrix && builder.is_constant(node.inputs[1]);
  return pack_folded(builder, step, shape, is_constant ? fold_matmul(graph, step) : FoldedProduct());
}

void build_matmul(StageBuilder& builder, const Step& step) {
  if (const auto kernel = step.packed ? step.packed : pack_matmul(builder, step))
    add_weighted(builder, step, *kernel, Layout::row_major);
  else
    build_repeated(builder, step, stacks_of(builder.graph(), *step.node));
}

constexpr std::array kKernels{Kernel{"Gemm", product_unsupported, build_gemm, pack_gemm},
                              Kernel{"MatMul", product_unsupported, build_matmul, pack_matmul}};

}  // namespace

std::span<const Kernel> product_kernels() { return kKernels; }

}  // namespace cleave::cpu
