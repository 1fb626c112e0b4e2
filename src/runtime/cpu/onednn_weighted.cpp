#include "runtime/cpu/onednn_call.hpp"

namespace cleave::cpu::onednn {

namespace {

std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// A parameter that comes with every run, brought into the wanted order in scratch memory.
class Repacking {
 public:
  Repacking(const Library& library, const Parameter& parameter)
      : call_(library, dnnl::reorder({library.handles().engine, parameter.plain, library.handles().engine,
                                      parameter.wanted, user_scratchpad()})),
        from_(call_.add(DNNL_ARG_FROM, parameter.plain)),
        to_(call_.add(DNNL_ARG_TO, parameter.wanted)) {}

  void run(const float* from, std::byte* to) {
    call_.set(from_, from);
    call_.set(to_, to);
    call_.execute();
  }

 private:
  Call call_;
  std::size_t from_;
  std::size_t to_;
};

/// Adds a parameter to `call`; returns its number when its address has to be set for each run.
std::optional<std::size_t> add_parameter(const Library& library, Call& call, int argument, const Parameter& parameter) {
  if (parameter.plain.is_zero()) return std::nullopt;
  if (!parameter.constant) return call.add(argument, parameter.wanted);
  call.add(argument, packed(library, parameter.constant, parameter.plain, parameter.wanted));
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
  std::optional<Repacking> repacking;
  if (weights_number && weights.plain != weights.wanted) repacking.emplace(library, weights);
  const std::size_t packed_bytes = repacking ? whole_lines(weights.wanted.get_size()) : 0;
  return {.scratch_bytes = packed_bytes + scratchpad.get_size(), .run = [=](const Buffers& buffers) mutable {
            call.set(from, buffers.source);
            call.set(to, buffers.target);
            call.set(scratch, buffers.scratch + packed_bytes);
            if (weights_number) call.set(*weights_number, buffers.weights);
            if (bias_number) call.set(*bias_number, buffers.bias);
            if (repacking) {
              repacking->run(buffers.weights, buffers.scratch);
              call.set(*weights_number, buffers.scratch);
            }
            call.execute();
          }};
}

}  // namespace cleave::cpu::onednn
