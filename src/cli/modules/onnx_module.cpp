// What cleave-onnx.so exports.
#include "model/onnx_library.hpp"

extern "C" const void* cleave_onnx_library() { return &cleave::onnx_library(); }
