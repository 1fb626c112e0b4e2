#include "runtime/conformance.hpp"

#include "model/sources.hpp"
#include "runtime/frozen_model.hpp"
#include "runtime/reference/array.hpp"

#include <cleave/cluster.hpp>
#include <cleave/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace cleave::conformance {
namespace {

namespace fs = std::filesystem;

const fs::path root = "/usr/share/libonnx-testdata/data";

std::string sentence(const std::string& message, const fs::path& model) {
  const std::string file = model.string() + ": ";
  return message.starts_with(file) ? message.substr(file.size()) : message;
}

/// A second try; leaves `item` as it is when that fails too.
void read_frozen(Case& item) {
  try {
    const FrozenModel model = freeze_integer_inputs(item.path);
    if (model.frozen.empty() || fs::exists(item.path / "test_data_set_1")) return;
    item.graph = std::make_shared<const Graph>(read_onnx_bytes(model.bytes, item.name, {.batch = 0}));
    item.frozen = model.frozen;
  } catch (const InputError&) {
    item.graph = nullptr;
  }
}

Case read_case(const std::string& folder, const fs::path& path) {
  Case item{.folder = folder,
            .name = path.filename().string().substr(5),
            .path = path,
            .graph = {},
            .refusal = {},
            .frozen = {},
            .ignored = {}};
  try {
    item.graph = std::make_shared<const Graph>(read_onnx(path / "model.onnx", {.batch = 0}));
  } catch (const InputError& error) {
    item.refusal = sentence(error.what(), path / "model.onnx");
    read_frozen(item);
  }
  return item;
}

/// The case with its first output alone, if it is one node and the others are optional.
std::optional<Case> first_output_of(const Case& item) {
  static const std::set<std::string> optional = {"BatchNormalization", "Dropout", "LayerNormalization", "MaxPool"};
  if (!item.graph || item.graph->outputs.size() < 2 || item.graph->nodes.size() != 1) return std::nullopt;
  Graph graph = *item.graph;
  Node& node = graph.nodes[NodeId(0)];
  if (!optional.contains(node.type)) return std::nullopt;
  Case first = item;
  first.name += "_first_output";
  for (std::size_t i = 1; i < graph.outputs.size(); ++i) first.ignored.insert(i);
  graph.outputs.resize(1);
  node.outputs.resize(1);
  first.graph = std::make_shared<const Graph>(std::move(graph));
  return first;
}

bool is_product(const Node& node) { return node.type == "Conv" || node.type == "Gemm" || node.type == "MatMul"; }

/// The case with all but its first input as constants, if it is one product.
std::optional<Case> constant_weights_of(const Case& item) {
  if (!item.graph || item.graph->nodes.size() != 1 || item.graph->inputs.size() < 2) return std::nullopt;
  if (!is_product(item.graph->nodes[NodeId(0)]) || fs::exists(item.path / "test_data_set_1")) return std::nullopt;
  Graph graph = *item.graph;
  Case fixed = item;
  fixed.name += "_constant_weights";
  for (std::size_t i = 1; i < graph.inputs.size(); ++i) {
    Tensor values = read_onnx_tensor(item.path / "test_data_set_0" / fmt::format("input_{}.pb", i));
    graph.constants[graph.inputs[i]] = {.type = values.type, .shape = values.shape, .content = std::move(values)};
    fixed.frozen.insert(i);
  }
  graph.inputs.resize(1);
  fixed.graph = std::make_shared<const Graph>(std::move(graph));
  return fixed;
}

StageSpec whole(const Case& item) {
  StageSpec spec{.graph = item.graph, .operators = {{}}, .inputs = item.graph->inputs, .outputs = item.graph->outputs};
  for (const NodeId node : item.graph->nodes.ids()) spec.operators[0].push_back(node);
  return spec;
}

/// STEM_0.pb, STEM_1.pb, ... of one data set, but for those in `left_out`, as tensors of `values`.
/// The data stores bfloat16 as uint16 (ONNX has no numpy type for it).
std::vector<Tensor> read_tensors(const fs::path& data, const std::string& stem, const std::set<std::size_t>& left_out,
                                 const Graph& graph, const std::vector<ValueId>& values) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; fs::exists(data / fmt::format("{}_{}.pb", stem, i)); ++i) {
    if (left_out.contains(i)) continue;
    Tensor tensor = read_onnx_tensor(data / fmt::format("{}_{}.pb", stem, i));
    const bool known = tensors.size() < values.size();
    if (known && tensor.type == DataType::uint16 && graph.values[values[tensors.size()]].type == DataType::bfloat16) {
      tensor.type = DataType::bfloat16;
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

/// Passed when the backend refuses no node.
Result first_refusal(const Graph& graph, const Backend& backend) {
  for (const Node& node : graph.nodes) {
    const std::string reason = backend.unsupported(graph, node);
    if (!reason.empty()) return {Verdict::unsupported, reason, node.type};
  }
  return {Verdict::passed, ""};
}

std::vector<Tensor> compute(Backend& backend, const Graph& graph, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs;
  for (const ValueId id : graph.outputs) outputs.emplace_back(graph.values[id].type, graph.values[id].shape);
  std::vector<const Tensor*> in;
  std::vector<Tensor*> out;
  for (const Tensor& tensor : inputs) in.push_back(&tensor);
  for (Tensor& tensor : outputs) out.push_back(&tensor);
  backend.run(in, out);
  return outputs;
}

/// Some cases of ONNX 1.12 give CastLike's second input another shape than they declare.
bool data_fits(const Graph& graph, const std::vector<ValueId>& values, const std::vector<Tensor>& tensors) {
  return std::ranges::equal(values, tensors, [&](ValueId id, const Tensor& tensor) {
    return tensor.type == graph.values[id].type && tensor.shape == graph.values[id].shape;
  });
}

Result run_data_set(Backend& backend, const Case& item, const fs::path& data, const Tolerance& tolerance) {
  const Graph& graph = *item.graph;
  const std::vector<Tensor> inputs = read_tensors(data, "input", item.frozen, graph, graph.inputs);
  const std::vector<Tensor> expected = read_tensors(data, "output", item.ignored, graph, graph.outputs);
  if (!data_fits(graph, graph.inputs, inputs)) return {Verdict::unsupported, "its data is not what the model declares"};
  if (expected.size() != graph.outputs.size()) return {Verdict::failed, "the data has other outputs than the graph"};
  const std::vector<Tensor> actual = compute(backend, graph, inputs);
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const std::string problem = difference(actual[i], expected[i], tolerance);
    if (!problem.empty()) return {Verdict::failed, fmt::format("output {}: {}", i, problem)};
  }
  return {Verdict::passed, ""};
}

std::vector<fs::path> data_sets(const Case& item) {
  std::vector<fs::path> sets;
  for (fs::path set; set = item.path / fmt::format("test_data_set_{}", sets.size()), fs::exists(set);)
    sets.push_back(set);
  return sets;
}

Result run_supported(Backend& backend, const Case& item, const Tolerance& tolerance) {
  backend.prepare(whole(item));
  Result result{Verdict::failed, "there is no data"};
  for (const fs::path& set : data_sets(item)) {
    result = run_data_set(backend, item, set, tolerance);
    if (result.verdict != Verdict::passed) break;
  }
  return result;
}

/// Ranges of all values on the case's own inputs, each node by itself.
Ranges ranges_of(const Case& item) {
  Network network;
  network.graph = item.graph;
  for (const NodeId node : item.graph->nodes.ids()) {
    Operator op;
    op.nodes = {node};
    network.operators.push_back(op);
  }
  std::vector<std::vector<Tensor>> inputs;
  for (const fs::path& set : data_sets(item)) {
    inputs.push_back(read_tensors(set, "input", item.frozen, *item.graph, item.graph->inputs));
    if (!data_fits(*item.graph, item.graph->inputs, inputs.back())) return {};
  }
  return observe_ranges(network, inputs);
}

/// Its converters read every sum as it is, so that what is left are the roundings of 8-bit inputs and weights.
CimChip exact_chip() {
  CimChip chip{read_profile("cim_isaac_ce"), 1};
  for (const auto& [field, value] : {std::pair{"rows_active", 64.0}, {"cell_bits", 1.0}, {"adc_bits", 12.0}})
    chip.profile.numbers[field] = {value, value, value};
  return chip;
}

bool is_floating(DataType type) {
  return type == DataType::float32 || type == DataType::float64 || type == DataType::float16 ||
         type == DataType::bfloat16;
}

/// What a type of less precision than float32 can hold at best.
Tolerance tolerance_of(DataType type, const Tolerance& float32) {
  if (!is_floating(type)) return {};
  if (type == DataType::float16) return {1e-3, 1e-3};
  if (type == DataType::bfloat16) return {8e-3, 8e-3};
  return float32;
}

bool close(double actual, double expected, const Tolerance& tolerance, double scale) {
  if (std::isnan(expected)) return std::isnan(actual);
  if (std::isinf(expected)) return actual == expected;
  return std::abs(actual - expected) <= tolerance.relative * std::abs(expected) + tolerance.absolute * scale;
}

}  // namespace

const std::vector<std::string>& folders() {
  static const std::vector<std::string> names = {"node", "simple", "pytorch-operator", "pytorch-converted"};
  return names;
}

bool installed() { return fs::exists(root / "node"); }

std::vector<Case> read_cases(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(root / folder)) {
    if (fs::exists(entry.path() / "model.onnx")) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Case> cases;
  for (const fs::path& path : paths) {
    cases.push_back(read_case(folder, path));
    if (auto first = first_output_of(cases.back())) cases.push_back(std::move(*first));
    if (auto fixed = constant_weights_of(cases.back())) cases.push_back(std::move(*fixed));
  }
  return cases;
}

std::set<std::string> operator_types(const Case& item) {
  std::set<std::string> types;
  if (!item.graph) return types;
  for (const Node& node : item.graph->nodes) types.insert(node.type);
  return types;
}

namespace {

/// An engine that many cases prepare anew, as making one takes long.
class Reused final : public Backend {
 public:
  explicit Reused(Backend& engine) : engine_(engine) {}
  std::string unsupported(const Graph& graph, const Node& node) const override {
    return engine_.unsupported(graph, node);
  }
  void prepare(const StageSpec& stage) override { engine_.prepare(stage); }
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    engine_.run(inputs, outputs);
  }

 private:
  Backend& engine_;
};

std::vector<Subject> make_subjects() {
  const auto plain = [](const auto& make) { return [=](const Ranges&) { return make(); }; };
  std::vector<Subject> all = {
      {"reference", plain(make_reference_backend), reference_operator_types(), {1e-6, 1e-7}},
      {"cpu", plain(make_cpu_backend), cpu_operator_types(), {1e-4, 1e-6}},
      {"cim",
       [chip = exact_chip()](const Ranges& ranges) { return make_cim_backend(chip, ranges, {}); },
       {"Conv", "Gemm", "MatMul"},
       {1e-4, 1e-6},
       Tolerance{0, 0.02}},
  };
  const auto opencl = [](const Ranges&) {
    static const std::unique_ptr<Backend> engine = make_opencl_backend();
    return std::make_unique<Reused>(*engine);
  };
  if (find_opencl_device()) all.push_back({"opencl", opencl, opencl_operator_types(), {1e-4, 1e-6}});
  return all;
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = make_subjects();
  return all;
}

Result run_case(const Case& item, const Subject& subject) {
  if (!item.graph) return {Verdict::unsupported, "reader: " + item.refusal};
  try {
    const std::unique_ptr<Backend> backend = subject.make({});
    const Result refusal = first_refusal(*item.graph, *backend);
    if (refusal.verdict == Verdict::unsupported) return refusal;
    if (!subject.products || std::ranges::none_of(item.graph->nodes, is_product))
      return run_supported(*backend, item, subject.float32);
    return run_supported(*subject.make(ranges_of(item)), item, *subject.products);
  } catch (const std::exception& error) {
    return {Verdict::failed, error.what()};
  }
}

std::string difference(const Tensor& actual, const Tensor& expected, const Tolerance& float32) {
  if (actual.type != expected.type) return fmt::format("is {}, not {}", name_of(actual.type), name_of(expected.type));
  if (actual.shape != expected.shape) return "has another shape";
  const Tolerance tolerance = tolerance_of(expected.type, float32);
  const std::vector<double> got = reference::to_array(actual).data;
  const std::vector<double> want = reference::to_array(expected).data;
  double scale = 0;
  for (const double x : want) scale = std::isfinite(x) ? std::max(scale, std::abs(x)) : scale;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!close(got[i], want[i], tolerance, scale)) return fmt::format("element {} is {}, not {}", i, got[i], want[i]);
  }
  return "";
}

}  // namespace cleave::conformance
