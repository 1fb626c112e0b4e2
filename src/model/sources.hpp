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

/// A layer table (`.csv`): a chain of layers, each of which reads the output of the one before; no graph.
/// Columns in any order, either `layer,in_h,in_w,in_c,k_h,k_w,out_c,stride` with optional `pad` (0) and
/// `groups` (1), or `layer,M,K,N` with optional `groups` (1): independent products [M x K] [K x N].
/// out = floor((in + 2 pad - k) / stride) + 1: without `pad`, in_h and in_w are the padded sizes, as in
/// SCALE-Sim's topology files. Blank lines and lines that start with # are skipped. The batch multiplies M.
[[nodiscard]] Network read_layer_table(const std::filesystem::path& path, const ReadOptions& options);
/// The same from memory; `file` is what messages call it, and its stem names the network.
[[nodiscard]] Network parse_layer_table(std::string_view text, const std::string& file, const ReadOptions& options);

/// A measured cost table (`cleave.costs/1`), no graph.
///
///     {"schema": "cleave.costs/1", "name": "net", "batch": 1,
///      "operators": [{"name": "a", "kind": "conv", "group": "g",
///                     "costs": {"gpu": {"seconds": 1e-3, "joules": 0.01, "bytes": 1024}}}],
///      "edges": [{"from": "a", "to": ["b", "c"], "bytes": 4096}]}
///
/// Optional: name (the file's stem), batch (1; seconds and joules are those of so many samples), kind
/// (other), group, joules (0), bytes (0), edges. An operator cannot run on a class that its costs do not
/// name. An edge is one tensor and has either `bytes` or `seconds`. Operators of one group are merged, and
/// so are those that would otherwise lie on a cycle with a group; a merged operator runs where all its
/// members do, at the sum of their costs.
[[nodiscard]] Network read_cost_file(const std::filesystem::path& path);
/// The same from memory; `file` is what messages call it.
[[nodiscard]] Network parse_cost_file(std::string_view text, const std::string& file);

}  // namespace cleave
