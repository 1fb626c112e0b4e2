#pragma once
/// Tensors as NumPy's .npz files: .npy files in a zip archive.

#include <cleave/tensor.hpp>

#include <map>
#include <string>
#include <string_view>

namespace cleave {

/// The arrays by name, as `numpy.savez` names them. Throws InputError for what is no archive, or has an entry that is
/// no array that networks use; `file` is what messages call it.
[[nodiscard]] std::map<std::string, Tensor> parse_npz(std::string_view bytes, const std::string& file);

}  // namespace cleave
