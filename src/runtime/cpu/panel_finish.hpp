#pragma once
/// What follows a product, as the panels' kernels do it.

#include "runtime/cpu/onednn.hpp"
#include "runtime/cpu/panel_product.hpp"

#include <limits>
#include <tuple>
#include <utility>

namespace cleave::cpu::panels {

/// Whether a Finish says all of it.
[[nodiscard]] inline bool can_finish(const onednn::Function& function) {
  using Kind = onednn::Function::Kind;
  return function.kind == Kind::clip || (function.kind == Kind::relu && function.alpha == 0);
}
[[nodiscard]] inline bool can_finish(const onednn::Epilogue& epilogue) {
  return !epilogue.scale && (!epilogue.function || can_finish(*epilogue.function));
}

/// Of what a Finish can say.
[[nodiscard]] inline Finish finish_of(const onednn::Epilogue& epilogue, const float* bias = nullptr) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Finish finish{.bias = bias, .held = epilogue.sum.value_or(0), .low = -infinity, .high = infinity};
  if (!epilogue.function) return finish;
  using Kind = onednn::Function::Kind;
  if (epilogue.function->kind == Kind::relu) finish.low = 0;
  if (epilogue.function->kind == Kind::clip)
    std::tie(finish.low, finish.high) = std::pair(epilogue.function->alpha, epilogue.function->beta);
  return finish;
}

}  // namespace cleave::cpu::panels
