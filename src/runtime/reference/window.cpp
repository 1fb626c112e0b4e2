#include "runtime/reference/window.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace cleave::reference {
namespace {

Shape attribute_or_ones(const NodeView& view, const std::string& key, std::size_t axes) {
  Shape items = view.node.has(key) ? view.integers(key) : Shape(axes, 1);
  require(items.size() == axes, fmt::format("attribute {} needs {} entries", key, axes));
  require(std::ranges::all_of(items, [](std::int64_t x) { return x >= 1; }),
          fmt::format("attribute {} must be positive", key));
  return items;
}

void pad_explicitly(const NodeView& view, Window& window) {
  const std::size_t axes = window.kernel.size();
  const Shape pads = view.node.has("pads") ? view.integers("pads") : Shape(2 * axes, 0);
  require(pads.size() == 2 * axes, fmt::format("attribute pads needs {} entries", 2 * axes));
  require(std::ranges::all_of(pads, [](std::int64_t x) { return x >= 0; }), "attribute pads must not be negative");
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  window.pads_begin.assign(pads.begin(), middle);
  window.pads_end.assign(middle, pads.end());
}

std::int64_t span_of(const Window& window, std::size_t axis) {
  return (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

/// output = ceil(input / stride); an odd total gives the extra element to the end (upper) or the begin (lower).
void pad_to_same(Window& window, bool upper) {
  for (std::size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const std::int64_t output = (window.input[axis] + window.strides[axis] - 1) / window.strides[axis];
    const std::int64_t needed = (output - 1) * window.strides[axis] + span_of(window, axis) - window.input[axis];
    const std::int64_t total = std::max<std::int64_t>(needed, 0);
    const std::int64_t smaller = total / 2;
    window.pads_begin.push_back(upper ? smaller : total - smaller);
    window.pads_end.push_back(upper ? total - smaller : smaller);
  }
}

void pad(const NodeView& view, Window& window) {
  const std::string mode = view.text("auto_pad", "NOTSET");
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER") return pad_to_same(window, mode == "SAME_UPPER");
  require(mode == "NOTSET" || mode == "VALID", fmt::format("auto_pad {} is unknown", mode));
  if (mode == "NOTSET") return pad_explicitly(view, window);
  window.pads_begin.assign(window.kernel.size(), 0);
  window.pads_end.assign(window.kernel.size(), 0);
}

/// Windows that ceil_mode adds begin in the input or in the padding before it.
std::int64_t rounded_up(const Window& window, std::size_t axis, std::int64_t room) {
  const std::int64_t steps = (room + window.strides[axis] - 1) / window.strides[axis];
  const bool begins_behind = steps * window.strides[axis] >= window.input[axis] + window.pads_begin[axis];
  return steps + (begins_behind ? 0 : 1);
}

void check_output(const Window& window, bool ceil_mode) {
  for (std::size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const std::int64_t room =
        window.input[axis] + window.pads_begin[axis] + window.pads_end[axis] - span_of(window, axis);
    require(room >= 0, "the kernel is larger than the padded input");
    const std::int64_t length = ceil_mode ? rounded_up(window, axis, room) : room / window.strides[axis] + 1;
    require(window.output[axis] == length,
            fmt::format("the output should be {} long in spatial axis {}", length, axis));
  }
}

/// Moves `index` to its row-major successor within `extents`.
void advance(Shape& index, const Shape& extents) {
  for (std::size_t axis = index.size(); axis-- > 0;) {
    if (++index[axis] < extents[axis]) return;
    index[axis] = 0;
  }
}

std::int64_t tap(const Window& window, const Shape& position, const Shape& element) {
  std::int64_t place = 0;
  bool padding = false;
  for (std::size_t axis = 0; axis < position.size(); ++axis) {
    const std::int64_t at =
        position[axis] * window.strides[axis] + element[axis] * window.dilations[axis] - window.pads_begin[axis];
    if (at >= window.input[axis] + window.pads_end[axis]) return outside;
    padding = padding || at < 0 || at >= window.input[axis];
    place = place * window.input[axis] + at;
  }
  return padding ? in_padding : place;
}

}  // namespace

Window window_of(const NodeView& view, const Shape& kernel) {
  const Shape& in = view.shape(0);
  const Shape& out = view.output().shape;
  require(in.size() >= 3, "the input needs a batch, a channel and at least one spatial axis");
  require(out.size() == in.size(), "the output needs as many axes as the input");
  require(kernel.size() == in.size() - 2, fmt::format("the kernel needs {} axes", in.size() - 2));
  require(std::ranges::all_of(kernel, [](std::int64_t x) { return x >= 1; }), "the kernel is empty");
  Window window{.input = Shape(in.begin() + 2, in.end()),
                .output = Shape(out.begin() + 2, out.end()),
                .kernel = kernel,
                .strides = attribute_or_ones(view, "strides", kernel.size()),
                .dilations = attribute_or_ones(view, "dilations", kernel.size()),
                .pads_begin = {},
                .pads_end = {}};
  pad(view, window);
  check_output(window, view.integer("ceil_mode", 0) != 0);
  return window;
}

std::vector<std::int64_t> taps_of(const Window& window) {
  std::vector<std::int64_t> taps;
  taps.reserve(static_cast<std::size_t>(window.positions() * window.kernel_elements()));
  Shape position(window.output.size(), 0);
  for (std::int64_t p = 0; p < window.positions(); ++p, advance(position, window.output)) {
    Shape element(window.kernel.size(), 0);
    for (std::int64_t k = 0; k < window.kernel_elements(); ++k, advance(element, window.kernel)) {
      taps.push_back(tap(window, position, element));
    }
  }
  return taps;
}

}  // namespace cleave::reference
