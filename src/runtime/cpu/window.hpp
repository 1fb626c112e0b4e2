#pragma once
/// Geometry of sliding windows, from the attributes that Conv and the pools share.

#include "runtime/cpu/layout.hpp"

#include <cleave/graph.hpp>

namespace cleave::cpu {

/// Per spatial dimension.
struct Windows {
  Strides kernel, strides, dilations, pads_begin, pads_end;
};

/// `kernel` are the extents of one window. The padding at the end is as large as the windows of
/// `target` need (ceil_mode), or as the node says if that is more.
[[nodiscard]] Windows windows_of(const Node& node, const Strides& kernel, const Shape& source, const Shape& target);

/// The same without padding behind the last window, which pools never see: oneDNN takes none that has room for a
/// window.
[[nodiscard]] Windows windows_without_rest(const Node& node, const Strides& kernel, const Shape& source,
                                           const Shape& target);

/// How far the windows of `target` reach beyond the padding that the node asks for (ceil_mode).
[[nodiscard]] bool reaches_beyond_padding(const Node& node, const Windows& windows);

}  // namespace cleave::cpu
