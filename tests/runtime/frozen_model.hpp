#pragma once
/// Test models that get shapes, axes and positions as inputs, made static.

#include <filesystem>
#include <set>
#include <string>

namespace cleave::conformance {

/// A model some of whose inputs became constants.
struct FrozenModel {
  std::string bytes;             ///< an ONNX file
  std::set<std::size_t> frozen;  ///< positions of those inputs
};

/// The model of a case whose inputs after the first that are integers of at most one dimension have the
/// values of its (only) data set: these say what to do, the others what to do it with.
[[nodiscard]] FrozenModel freeze_integer_inputs(const std::filesystem::path& path);

}  // namespace cleave::conformance
