#pragma once
/// The input vectors of a product: rows of a matrix, or windows of a channels-last tensor with a border around it.

#include <array>
#include <cstdint>
#include <vector>

namespace cleave::cim {

/// Up to three spatial dimensions, outermost first; those that are not there have extent 1.
using Extents = std::array<std::int64_t, 3>;

struct Patches {
  std::int64_t batch = 1;
  std::int64_t channels = 1;        ///< of the tensor
  std::int64_t group_channels = 1;  ///< of one vector
  Extents source{1, 1, 1}, target{1, 1, 1}, kernel{1, 1, 1};
  Extents strides{1, 1, 1}, dilations{1, 1, 1}, pads{0, 0, 0};  ///< `pads`: in front

  [[nodiscard]] std::int64_t positions() const { return kernel[0] * kernel[1] * kernel[2]; }
  [[nodiscard]] std::int64_t rows() const { return positions() * group_channels; }
  [[nodiscard]] std::int64_t vectors() const { return batch * target[0] * target[1] * target[2]; }
  [[nodiscard]] std::int64_t source_elements() const { return batch * source[0] * source[1] * source[2] * channels; }
};

/// How vectors lie in the tensor with its border: pieces that are contiguous there follow each other, kernel positions
/// outermost, channels innermost.
struct PatchLayout {
  Extents bordered{1, 1, 1};              ///< of the tensor
  std::int64_t elements = 1;              ///< of it, batch and channels included
  std::vector<std::int64_t> pieces = {};  ///< where they begin, from the vector's origin
  std::int64_t piece_length = 1;
};
[[nodiscard]] PatchLayout layout_of(const Patches& patches);

/// Goes from vector to vector: where each of group 0 begins.
class PatchCursor {
 public:
  PatchCursor(const Patches& patches, const PatchLayout& layout, std::int64_t vector);
  [[nodiscard]] std::int64_t origin() const { return origin_; }
  void advance();

 private:
  Extents at_{}, target_;
  Extents steps_{};  ///< elements to the next vector along each dimension
  Extents turns_{};  ///< elements from the last vector along it back to the first
  std::int64_t sample_elements_ = 0, origin_ = 0;
};

}  // namespace cleave::cim
