// cleave model: what a network consists of.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/text_table.hpp"
#include "model/onnx_library.hpp"
#include "search/lattice.hpp"

#include <cleave/cost_table.hpp>
#include <cleave/network.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace cleave::cli {
namespace {

struct Options {
  std::string model;
  std::string export_path;
  std::int64_t batch = 1;
  bool list = false;
};

constexpr std::size_t kMaxIdeals = 250'000;

/// Ideals of the operator graph; none when there are more than the exact search takes on.
std::optional<std::size_t> count_ideals(const Network& network) {
  CostTable structure;
  for (const Operator& op : network.operators) {
    structure.inputs.push_back(op.inputs);
    structure.outputs.push_back(op.outputs);
  }
  for (const NetworkTensor& tensor : network.tensors)
    structure.tensors.push_back({tensor.producer, tensor.consumers, tensor.leaves});
  const auto lattice = Lattice::all(structure, kMaxIdeals);
  return lattice ? std::optional(lattice->size()) : std::nullopt;
}

void print_json(const Network& network, std::optional<std::size_t> ideals) {
  JsonWriter json;
  json.begin_object().field("name", network.name).field("batch", network.batch);
  json.field("macs", network.macs()).field("parameters", network.parameters());
  json.key("ideals");
  if (ideals)
    json.value(*ideals);
  else
    json.null();
  json.key("operators").begin_array();
  for (const Operator& op : network.operators) {
    json.begin_object().field("name", op.name).field("kind", name_of(op.kind));
    json.field("m", op.gemm.m).field("k", op.gemm.k).field("n", op.gemm.n).field("groups", op.gemm.groups);
    json.field("macs", op.macs).field("flops", op.flops).field("parameters", op.parameters).end_object();
  }
  json.end_array().end_object();
  print_data(json.text());
}

void print_text(const Network& network, std::optional<std::size_t> ideals) {
  print(fmt::format("{}: {} operators, {}, {} parameters, batch {}\n", network.name, network.operators.size(),
                    si(static_cast<double>(network.macs()), "MAC"), network.parameters(), network.batch));
  print(ideals ? fmt::format("{} ideals: places where a pipeline may be cut\n\n", *ideals)
               : fmt::format("more than {} ideals: searched by a beam\n\n", kMaxIdeals));
  TextTable table({"operator", "kind", "M", "K", "N", "groups", "MACs", "other flops", "parameters"}, {0, 1});
  for (const Operator& op : network.operators)
    table.add({op.name, std::string(name_of(op.kind)), fmt::to_string(op.gemm.m), fmt::to_string(op.gemm.k),
               fmt::to_string(op.gemm.n), fmt::to_string(op.gemm.groups), fmt::to_string(op.macs),
               fmt::to_string(op.flops), fmt::to_string(op.parameters)});
  print(table.text());
}

void list() {
  for (const std::string& name : zoo_names()) print("zoo:" + name + "\n");
}

void list_json() {
  JsonWriter json;
  json.begin_object().key("models").begin_array();
  for (const std::string& name : zoo_names()) json.value("zoo:" + name);
  json.end_array().end_object();
  print_data(json.text());
}

int run(const Session& session, const Options& options) {
  if (options.list || options.model.empty()) {
    session.json ? list_json() : list();
    return 0;
  }
  const Network network = read_network(options.model, {.batch = options.batch});
  if (!options.export_path.empty()) {
    KeptInputs(session).add(options.model).add(network).keep_from(options.export_path);
    onnx_library().write(network, options.export_path);
    session.say(fmt::format("wrote {}", options.export_path));
    return 0;
  }
  const auto ideals = count_ideals(network);
  session.json ? print_json(network, ideals) : print_text(network, ideals);
  return 0;
}

}  // namespace

void add_model(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      add_verb(app, session, "model", "Show a network: operators, MACs, parameters, ideals; or export it as ONNX");
  verb->add_option("MODEL", options->model, "The network; without it the built-in topologies are listed");
  verb->add_option("-b,--batch", options->batch, "Samples per inference")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--export", options->export_path, "Write the network to this .onnx file");
  verb->add_flag("--list", options->list, "List the built-in topologies");
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
