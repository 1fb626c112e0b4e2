#pragma once
/// One oneDNN primitive with its arguments. Included by onednn_*.cpp only.

#include "runtime/cpu/onednn.hpp"

#include <oneapi/dnnl/dnnl.hpp>

#include <vector>

namespace cleave::cpu::onednn {

struct Library::Handles {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

/// Scratchpads are always the caller's: oneDNN's own belong to the thread that made the primitive.
[[nodiscard]] inline dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// `channel_axis`: of the result, as a mask of dimensions.
[[nodiscard]] dnnl::primitive_attr attributes_of(const Epilogue& epilogue, const Arithmetic& arithmetic,
                                                 int channel_mask);
[[nodiscard]] dnnl::algorithm algorithm_of(const Function& function);

[[nodiscard]] dnnl::memory::data_type type_of(Element element);

[[nodiscard]] inline dnnl::memory::desc described(const Shape& shape, const Strides& strides,
                                                  Element element = Element::f32) {
  return {shape, type_of(element), strides};
}
[[nodiscard]] inline dnnl::memory::desc described(const Shape& shape, Layout layout, Element element = Element::f32) {
  return described(shape, strides_of(shape, layout), element);
}
[[nodiscard]] inline dnnl::memory::desc any_order(const Shape& shape, Element element = Element::f32) {
  return {shape, type_of(element), dnnl::memory::format_tag::any};
}

/// Elements of weights as they come: bf16 is rounded while packing.
[[nodiscard]] inline Element plain_weights(const Arithmetic& arithmetic) {
  return arithmetic.weights == Element::s8 ? Element::s8 : Element::f32;
}

/// A primitive bound to memory objects whose addresses are set before each execution. Calls the C
/// interface: the C++ one builds a hash map each time.
class Call {
 public:
  Call(const Library& library, dnnl::primitive primitive)
      : handles_(library.handles()), weights_(library.weights()), primitive_(std::move(primitive)) {}

  /// An argument whose address is set later, by the number that is returned.
  std::size_t add(int argument, const dnnl::memory::desc& layout) {
    return add(argument, dnnl::memory(layout, handles_.engine, DNNL_MEMORY_NONE));
  }
  std::size_t add(int argument, const dnnl::memory& memory) {
    memories_.push_back(memory);
    arguments_.push_back({argument, memory.get()});
    return memories_.size() - 1;
  }
  void set(std::size_t number, const void* address) { memories_[number].set_data_handle(const_cast<void*>(address)); }
  void execute() const {
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive_.get(), handles_.stream.get(),
                                                   static_cast<int>(arguments_.size()), arguments_.data()),
                            "a oneDNN primitive failed");
  }

 private:
  Library::Handles handles_;
  std::shared_ptr<WeightMemory> weights_;  ///< constant arguments lie there
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

/// source -> target with a scratchpad: what most routines are.
[[nodiscard]] Routine simple_routine(const Library& library, const dnnl::primitive& primitive,
                                     const dnnl::memory::desc& source, const dnnl::memory::desc& target,
                                     const dnnl::memory::desc& scratchpad);

/// Weights or a bias: packed once into `wanted` (constant given) or brought into it by every run.
struct Parameter {
  dnnl::memory::desc plain = {};   ///< row-major; empty when there is none
  dnnl::memory::desc wanted = {};  ///< what the primitive reads
  const void* constant = nullptr;
  void* lost = nullptr;  ///< `constant`, where it may be lost as it is packed
};
/// source, weights, bias -> target.
[[nodiscard]] Routine weighted_routine(const Library& library, const dnnl::primitive& primitive,
                                       const dnnl::memory::desc& source, const dnnl::memory::desc& target,
                                       const dnnl::memory::desc& scratchpad, const Parameter& weights,
                                       const Parameter& bias);

/// Copies the same elements into another order.
[[nodiscard]] Routine reorder_between(const Library& library, const dnnl::memory::desc& from,
                                      const dnnl::memory::desc& to);

/// Up to the next cache line: where the next part of a scratch buffer may begin.
[[nodiscard]] inline std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// The bias as oneDNN adds it: before rescaling.
[[nodiscard]] std::vector<float> unscaled_bias(const float* bias, const Arithmetic& arithmetic);

/// A copy of the constant in the order that is wanted, in the library's memory for weights. Large ones that may be lost
/// are: their pages go back to the system as they are copied, so that they are in memory once, not twice.
[[nodiscard]] dnnl::memory packed(const Library& library, const Parameter& parameter);

}  // namespace cleave::cpu::onednn
