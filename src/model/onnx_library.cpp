#include "model/onnx_library.hpp"

#include "model/shape_inference.hpp"
#include "model/sources.hpp"

namespace cleave {

const OnnxLibrary& onnx_library() {
  static constexpr OnnxLibrary linked{.read = read_onnx, .infer_shapes = infer_shapes, .write = write_onnx};
  return linked;
}

}  // namespace cleave
