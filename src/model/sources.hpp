#pragma once
/// Where networks come from. `read_network` picks one of these by the name it is given.

#include <cleave/network.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace cleave {

/// An ONNX file as a graph: constants folded, shapes known, nodes in topological order.
[[nodiscard]] Graph read_onnx(const std::filesystem::path& path, const ReadOptions& options);
/// The same from memory; `file` is what messages call it. External data is looked up beside it.
[[nodiscard]] Graph read_onnx_bytes(std::string_view bytes, const std::string& file, const ReadOptions& options);
/// One TensorProto (`.pb`), as ONNX test data has them.
[[nodiscard]] Tensor read_onnx_tensor(const std::filesystem::path& path);

/// A built-in topology with seeded weights; shapes known. Throws UsageError naming the nearest one.
[[nodiscard]] Graph zoo_graph(const std::string& name, std::int64_t batch);

/// A layer table (`.csv`): a chain of layers, no graph.
[[nodiscard]] Network read_layer_table(const std::filesystem::path& path, const ReadOptions& options);
/// A measured cost table (`cleave.costs/1`), no graph.
[[nodiscard]] Network read_cost_file(const std::filesystem::path& path);

}  // namespace cleave
