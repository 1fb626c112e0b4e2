#include "runtime/cpu/window.hpp"

#include <algorithm>

namespace cleave::cpu {

namespace {

/// Padding that the last window of `target` needs in front and behind together.
std::int64_t needed(const Windows& windows, std::size_t i, std::int64_t source, std::int64_t target) {
  const std::int64_t reach = (windows.kernel[i] - 1) * windows.dilations[i] + 1;
  return std::max<std::int64_t>((target - 1) * windows.strides[i] + reach - source, 0);
}

}  // namespace

Windows windows_of(const Node& node, const Strides& kernel, const Shape& source, const Shape& target) {
  const std::size_t dims = kernel.size();
  Windows windows{.kernel = kernel,
                  .strides = node.attribute("strides", Strides(dims, 1)),
                  .dilations = node.attribute("dilations", Strides(dims, 1)),
                  .pads_begin = Strides(dims, 0),
                  .pads_end = Strides(dims, 0)};
  const auto automatic = node.attribute("auto_pad", std::string("NOTSET"));
  const Strides pads = automatic == "NOTSET" ? node.attribute("pads", Strides(2 * dims, 0)) : Strides(2 * dims, 0);
  for (std::size_t i = 0; i < dims; ++i) {
    const std::int64_t total = needed(windows, i, source[i + 2], target[i + 2]);
    std::int64_t begin = pads[i];
    if (automatic == "SAME_UPPER") begin = total / 2;
    if (automatic == "SAME_LOWER") begin = total - total / 2;
    windows.pads_begin[i] = begin;
    windows.pads_end[i] = std::max(pads[dims + i], total - begin);
  }
  return windows;
}

Windows windows_without_rest(const Node& node, const Strides& kernel, const Shape& source, const Shape& target) {
  Windows windows = windows_of(node, kernel, source, target);
  for (std::size_t i = 0; i < kernel.size(); ++i)
    windows.pads_end[i] =
        std::max<std::int64_t>(needed(windows, i, source[i + 2], target[i + 2]) - windows.pads_begin[i], 0);
  return windows;
}

bool reaches_beyond_padding(const Node& node, const Windows& windows) {
  const std::size_t dims = windows.kernel.size();
  const auto automatic = node.attribute("auto_pad", std::string("NOTSET"));
  if (automatic != "NOTSET" && automatic != "VALID") return false;
  const Strides pads = automatic == "NOTSET" ? node.attribute("pads", Strides(2 * dims, 0)) : Strides(2 * dims, 0);
  for (std::size_t i = 0; i < dims; ++i)
    if (windows.pads_end[i] > pads[dims + i]) return true;
  return false;
}

}  // namespace cleave::cpu
