#pragma once
/// A network as the search sees it: operators that are placed, tensors that may have to move.

#include <cleave/graph.hpp>
#include <cleave/index.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

enum class OpKind {
  conv,           ///< convolution with constant weights (any grouping)
  gemm,           ///< matrix product with constant weights
  matmul,         ///< matrix product of two activations (attention)
  pool,           ///< max/average pooling, global ones too
  elementwise,    ///< activations, sums, products, casts
  normalization,  ///< layer norm, LRN, unfolded batch norm
  softmax,
  reduction,
  movement,  ///< concat, split, transpose, slice: bytes only
  lookup,    ///< gather from an embedding table
  other,     ///< from a measured cost table: only its measured costs are known
};
inline constexpr std::array kOpKinds = {OpKind::conv,        OpKind::gemm,          OpKind::matmul,  OpKind::pool,
                                        OpKind::elementwise, OpKind::normalization, OpKind::softmax, OpKind::reduction,
                                        OpKind::movement,    OpKind::lookup,        OpKind::other};
[[nodiscard]] std::string_view name_of(OpKind kind);

/// The operator as `groups` independent products [m x k] * [k x n], the batch inside m.
/// conv: m = batch*out_h*out_w, k = k_h*k_w*in_c/groups, n = out_c/groups.
/// matmul: groups = product of the leading dimensions.
struct Gemm {
  std::int64_t m = 0, k = 0, n = 0, groups = 0;
};

/// Sliding-window geometry of conv and pool; zeros elsewhere.
struct Window {
  std::int64_t in_h = 0, in_w = 0, in_c = 0;
  std::int64_t kernel_h = 0, kernel_w = 0, stride_h = 0, stride_w = 0;
  std::int64_t out_h = 0, out_w = 0, out_c = 0;
};

/// What the search places: one ONNX node, or several that were merged because separating
/// them never pays (Conv+BN+activation+residual add, a product with its bias, ...).
struct Operator {
  std::string name;  ///< of its leading node; unique in the network
  OpKind kind = OpKind::other;
  Gemm gemm = {};
  Window window = {};
  std::int64_t macs = 0;          ///< multiply-accumulates per batch
  std::int64_t flops = 0;         ///< other arithmetic per batch (pooling, activations, norms)
  std::int64_t parameters = 0;    ///< elements of the constants that it reads
  std::vector<TensorId> inputs;   ///< distinct tensors that it reads, constants excluded
  std::vector<TensorId> outputs;  ///< tensors that others (or the user) read
  std::vector<NodeId> nodes;      ///< of Network::graph, in topological order
};

/// A tensor that crosses operators; it is moved once to each device that needs it.
struct NetworkTensor {
  std::string name;
  OpId producer = {};                     ///< invalid: an input of the network
  std::vector<OpId> consumers;            ///< distinct, ascending
  bool leaves = false;                    ///< an output of the network
  std::int64_t elements = 0;              ///< per batch
  std::optional<double> bytes = {};       ///< fixed size, whatever the precision (measured tables, integer tensors)
  std::optional<double> transfer_s = {};  ///< measured time through any port (measured tables)
  ValueId value = {};                     ///< of Network::graph
};

/// Measured cost of one operator on one device class.
struct MeasuredCost {
  double seconds = 0;
  double joules = 0;
  double bytes = 0;  ///< memory it occupies there
};

/// Immutable once read; built means valid: operators are in topological order, tensors are
/// consistent, names are unique.
struct Network {
  std::string file = {};  ///< it was read from, or zoo:NAME; empty: none
  std::string name;
  std::int64_t batch = 1;
  IndexVector<OpId, Operator> operators;
  IndexVector<TensorId, NetworkTensor> tensors;
  /// What to execute; null for layer tables and measured cost tables.
  std::shared_ptr<const Graph> graph;
  /// For a measured cost table: per operator, cost by device class name. Empty otherwise.
  IndexVector<OpId, std::map<std::string, MeasuredCost>> measured;
  /// The device classes on which the table has any cost, also where operators that stay together run on none of them.
  std::set<std::string> measured_on = {};

  /// What errors call it.
  [[nodiscard]] const std::string& file_or_name() const { return file.empty() ? name : file; }
  [[nodiscard]] std::int64_t macs() const;
  /// Distinct parameters: a table shared by two operators counts once.
  [[nodiscard]] std::int64_t parameters() const;
  std::int64_t distinct_parameters = 0;
};

struct ReadOptions {
  /// Samples per inference. For ONNX files it replaces the first dimension of every input; 0 keeps
  /// the sizes that the file fixes.
  std::int64_t batch = 1;
};

/// Reads `zoo:NAME`, an `.onnx` file, a layer table `.csv` or a measured cost table `.json`.
/// Throws InputError (file, node or line, problem, repair) and UsageError (unknown zoo name).
[[nodiscard]] Network read_network(const std::string& model, const ReadOptions& options = {});

/// Names of the built-in topologies, without the "zoo:" prefix.
[[nodiscard]] std::vector<std::string> zoo_names();

/// The operators and tensors of a graph, after lossless merging.
[[nodiscard]] Network make_network(std::shared_ptr<const Graph> graph, std::int64_t batch);

/// A copy whose constant-valued ("splat") float weights are drawn from `seed`: networks stripped
/// of their weights compute something that tells right from wrong.
[[nodiscard]] Network with_seeded_weights(const Network& network, std::uint64_t seed);

/// Writes the network's graph as an ONNX file, weights materialised. Written under a temporary
/// name, then renamed. Throws InputError when the network has no graph.
void write_onnx(const Network& network, const std::filesystem::path& path);

}  // namespace cleave
