#pragma once
/// What needs the ONNX library, as a table: a program that starts often may load it only when a model asks for it.

#include <cleave/network.hpp>

#include <filesystem>
#include <string>

namespace cleave {

struct OnnxLibrary {
  /// `read_onnx` of sources.hpp.
  Graph (*read)(const std::filesystem::path& path, const ReadOptions& options) = nullptr;
  /// `infer_shapes` of shape_inference.hpp.
  void (*infer_shapes)(Graph& graph, const std::string& file) = nullptr;
  /// `write_onnx` of network.hpp.
  void (*write)(const Network& network, const std::filesystem::path& path) = nullptr;
};

/// Whoever links the library has the table of onnx_library.cpp, and ONNX with it, unless it defines another before.
[[nodiscard]] const OnnxLibrary& onnx_library();

}  // namespace cleave
