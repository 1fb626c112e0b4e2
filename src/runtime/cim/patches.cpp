#include "runtime/cim/patches.hpp"

#include <algorithm>

namespace cleave::cim {

PatchLayout layout_of(const Patches& patches) {
  PatchLayout layout;
  layout.elements = patches.batch * patches.channels;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t reach =
        (patches.target[i] - 1) * patches.strides[i] + (patches.kernel[i] - 1) * patches.dilations[i] + 1;
    layout.bordered[i] = std::max(reach, patches.pads[i] + patches.source[i]);
    layout.elements *= layout.bordered[i];
  }
  // Neighbours along the width touch each other, unless a vector has only some of the channels.
  const bool whole_lines = patches.dilations[2] == 1 && patches.group_channels == patches.channels;
  layout.piece_length = patches.group_channels * (whole_lines ? patches.kernel[2] : 1);
  for (std::int64_t d = 0; d < patches.kernel[0]; ++d)
    for (std::int64_t h = 0; h < patches.kernel[1]; ++h)
      for (std::int64_t w = 0; w < (whole_lines ? 1 : patches.kernel[2]); ++w) {
        const std::int64_t line = d * patches.dilations[0] * layout.bordered[1] + h * patches.dilations[1];
        layout.pieces.push_back((line * layout.bordered[2] + w * patches.dilations[2]) * patches.channels);
      }
  return layout;
}

PatchCursor::PatchCursor(const Patches& patches, const PatchLayout& layout, std::int64_t vector)
    : target_(patches.target) {
  std::int64_t elements = patches.channels;
  for (std::size_t i = 3; i-- > 0; elements *= layout.bordered[i], vector /= target_[i]) {
    at_[i] = vector % target_[i];
    steps_[i] = patches.strides[i] * elements;
    turns_[i] = target_[i] * steps_[i];
    origin_ += at_[i] * steps_[i];
  }
  sample_elements_ = elements;
  origin_ += vector * sample_elements_;
}

void PatchCursor::advance() {
  for (std::size_t i = 3; i-- > 0;) {
    origin_ += steps_[i];
    if (++at_[i] < target_[i]) return;
    origin_ -= turns_[i];
    at_[i] = 0;
  }
  origin_ += sample_elements_;
}

}  // namespace cleave::cim
