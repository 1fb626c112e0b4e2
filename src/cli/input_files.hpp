#pragma once
/// Tensors from the files that users have.

#include "base/image.hpp"

#include <cleave/network.hpp>

#include <string>

namespace cleave::cli {

/// What `file` has for the input `wanted`: .npy; .npz, its array of that name or its only one; an ONNX TensorProto,
/// .pb; a picture (.png, .jpg, .jpeg, .ppm, .pgm), as one sample. Only for pictures its shape is made to fit. Throws
/// InputError.
[[nodiscard]] Tensor read_input(const std::string& file, const Value& wanted, const ImageScaling& scaling);

/// By its ending.
[[nodiscard]] bool is_picture(const std::string& file);

}  // namespace cleave::cli
