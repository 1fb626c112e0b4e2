#include "base/text.hpp"
#include "model/onnx_library.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

namespace cleave {

namespace {

std::string lowercase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The batch that a file fixes, seen at its first input.
std::int64_t batch_of(const Graph& graph) {
  if (graph.inputs.empty() || graph.values[graph.inputs[0]].shape.empty()) return 1;
  return graph.values[graph.inputs[0]].shape[0];
}

Network network_of(Graph graph, std::int64_t batch) {
  const std::int64_t samples = batch > 0 ? batch : batch_of(graph);
  return make_network(std::make_shared<const Graph>(std::move(graph)), samples);
}

void require_batch(const ReadOptions& options) {
  if (options.batch < 1) throw UsageError(fmt::format("the batch must be at least 1, not {}", options.batch));
}

/// Plans name operators, and JSON is UTF-8.
Network with_printable_names(Network network, const std::string& model) {
  for (const OpId op : network.operators.ids())
    if (!is_utf8(network.operators[op].name))
      throw InputError(model, fmt::format("operator {}", op.at()),
                       fmt::format("its name \"{}\" is not UTF-8", network.operators[op].name), "rename it");
  return network;
}

Network read_any(const std::string& model, const ReadOptions& options) {
  constexpr std::string_view zoo = "zoo:";
  const std::string extension = lowercase(std::filesystem::path(model).extension().string());
  if (!model.starts_with(zoo) && extension == ".onnx")
    return network_of(onnx_library().read(model, options), options.batch);
  require_batch(options);
  if (model.starts_with(zoo)) return network_of(zoo_graph(model.substr(zoo.size()), options.batch), options.batch);
  if (extension == ".csv") return read_layer_table(model, options);
  if (extension == ".json") return read_cost_file(model);
  throw UsageError(fmt::format(
      "'{}' is not a model: give zoo:NAME, an .onnx file, a layer table .csv or a measured cost table .json", model));
}

}  // namespace

Network read_network(const std::string& model, const ReadOptions& options) {
  Network network = with_printable_names(read_any(model, options), model);
  network.file = model;
  return network;
}

}  // namespace cleave
