#pragma once
/// Tensors as NumPy's .npy files (format 1.0 and 2.0; numpy/lib/format.py).

#include <cleave/tensor.hpp>

#include <string>
#include <string_view>

namespace cleave {

/// Row-major, little-endian, of a type that networks use. Throws InputError for anything else; `file` is what messages
/// call it.
[[nodiscard]] Tensor parse_npy(std::string_view bytes, const std::string& file);
[[nodiscard]] std::string npy_bytes(const Tensor& tensor);

}  // namespace cleave
