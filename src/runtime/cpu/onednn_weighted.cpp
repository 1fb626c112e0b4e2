#include "runtime/cpu/onednn_call.hpp"

namespace cleave::cpu::onednn {

namespace {

/// Adds a parameter to `call`; returns its number when its address has to be set for each run.
std::optional<std::size_t> add_parameter(const Library& library, Call& call, int argument, const Parameter& parameter) {
  if (parameter.plain.is_zero()) return std::nullopt;
  if (!parameter.constant) return call.add(argument, parameter.wanted);
  call.add(argument, packed(library, parameter));
  return std::nullopt;
}

}  // namespace

Routine weighted_routine(const Library& library, const dnnl::primitive& primitive, const dnnl::memory::desc& source,
                         const dnnl::memory::desc& target, const dnnl::memory::desc& scratchpad,
                         const Parameter& weights, const Parameter& bias) {
  Call call(library, primitive);
  const std::size_t from = call.add(DNNL_ARG_SRC, source);
  const std::size_t to = call.add(DNNL_ARG_DST, target);
  const std::size_t scratch = call.add(DNNL_ARG_SCRATCHPAD, scratchpad);
  const auto weights_number = add_parameter(library, call, DNNL_ARG_WEIGHTS, weights);
  const auto bias_number = add_parameter(library, call, DNNL_ARG_BIAS, bias);
  const bool repacks = weights_number && weights.plain != weights.wanted;
  const Routine repack = repacks ? reorder_between(library, weights.plain, weights.wanted) : Routine();
  const std::size_t own = whole_lines(scratchpad.get_size()), repacking = whole_lines(repack.scratch_bytes);
  const std::size_t packed_bytes = repacks ? weights.wanted.get_size() : 0;
  return {.scratch_bytes = own + repacking + packed_bytes, .run = [=](const Buffers& buffers) mutable {
            call.set(from, buffers.source);
            call.set(to, buffers.target);
            call.set(scratch, buffers.scratch);
            if (weights_number) call.set(*weights_number, buffers.weights);
            if (bias_number) call.set(*bias_number, buffers.bias);
            if (repacks) {
              auto* packed_weights = reinterpret_cast<float*>(buffers.scratch + own + repacking);
              repack.run({.source = buffers.weights, .target = packed_weights, .scratch = buffers.scratch + own});
              call.set(*weights_number, packed_weights);
            }
            call.execute();
          }};
}

}  // namespace cleave::cpu::onednn
