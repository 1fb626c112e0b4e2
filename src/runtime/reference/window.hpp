#pragma once
/// Sliding windows of convolution and pooling, over any number of spatial axes.

#include "runtime/reference/operator.hpp"

namespace cleave::reference {

/// Per spatial axis, outermost first.
struct Window {
  Shape input;
  Shape output;
  Shape kernel;
  Shape strides;
  Shape dilations;
  Shape pads_begin;
  Shape pads_end;

  [[nodiscard]] std::int64_t positions() const { return element_count(output); }
  [[nodiscard]] std::int64_t kernel_elements() const { return element_count(kernel); }
};

/// The window of a node whose first input is [batch, channel, spatial...]. Throws Refusal when the
/// attributes contradict each other or the shape of the output.
[[nodiscard]] Window window_of(const NodeView& view, const Shape& kernel);

inline constexpr std::int64_t in_padding = -1;  ///< a kernel element that meets padding
inline constexpr std::int64_t outside = -2;     ///< one beyond the padding too (ceil_mode)

/// Row-major [position of the output][kernel element]: the position in the input that it meets.
[[nodiscard]] std::vector<std::int64_t> taps_of(const Window& window);

}  // namespace cleave::reference
