#pragma once
/// From a stage to something that runs on an emulated crossbar chip: products on its arrays, all else on its digital
/// unit in fp32, which are the kernels of the CPU engine.

#include "runtime/cim/chained_inputs.hpp"
#include "runtime/cim/product.hpp"
#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/stage_builder.hpp"

#include <cleave/runtime.hpp>

#include <memory>

namespace cleave::cim {

/// A chip as it is set up for a network.
struct Setup {
  Crossbar crossbar = {};
  std::uint64_t seed = 0;  ///< of the cells' deviations
  Ranges ranges = {};      ///< of the inputs of products
};

/// The product of a step, its converters at full range; it knows the code of the product behind it, if that has one.
/// Throws InputError where the range of its input is not known.
[[nodiscard]] std::shared_ptr<Product> make_product(const Graph& graph, const cpu::Step& step, const Setup& setup);

/// Adds the actions that compute `step`, which `product` is of.
void add_product(cpu::StageBuilder& builder, const cpu::Step& step, const std::shared_ptr<Product>& product,
                 ChainedInputs& chained);

}  // namespace cleave::cim
