#pragma once
/// Initialisers: inside the message, further on in the file, or in files beside it.

#include "model/onnx_proto.hpp"
#include "model/onnx_wire.hpp"

#include <cleave/graph.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cleave {

/// Where weights that are not inside the message can be found.
struct WeightSource {
  std::string_view bytes;           ///< the serialized model
  std::optional<std::string> path;  ///< of the file that holds `bytes`, if it is to be read again later
  std::filesystem::path folder;     ///< of external data
};

/// An initialiser without its elements where they can be read later. Throws InputError for data
/// that is missing, too short, or outside the model's folder.
[[nodiscard]] Constant to_constant(const onnx::TensorProto& proto, const RawRange& raw, const WeightSource& source,
                                   const Origin& origin);

}  // namespace cleave
