// Networks on the CPU engine, for runtime_speed.mjs:
//   bench_runtime export MODEL FOLDER          the network as model.onnx, with integers as qdq.onnx, two batches of
//   inputs
//                                              as I.J.bin, and network.json, which names the inputs
//   bench_runtime time MODEL PRECISION FOLDER  reads the number of runs from each line of stdin, answers with their
//   seconds;
//                                              writes the first output of each batch to PRECISION.I.bin first
// Weights that the file has as constants are drawn; the final softmax is left out (see qdq_model.hpp).
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "qdq_model.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/cleave.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace cleave;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSeed = 1;
constexpr std::size_t kBatches = 2;

Network network_of(const std::string& model) {
  const Network network = bench::without_final_softmax(read_network(model, {.batch = 1}));
  return model.starts_with("zoo:") ? network : with_seeded_weights(network, kSeed);
}

std::vector<std::vector<Tensor>> inputs_of(const Network& network) {
  std::vector<std::vector<Tensor>> inputs;
  for (std::size_t i = 0; i < kBatches; ++i) inputs.push_back(random_inputs(*network.graph, kSeed + i));
  return inputs;
}

std::string bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
}

void write_description(const Graph& graph, const std::string& folder) {
  JsonWriter json;
  json.begin_object().key("inputs").begin_array();
  for (const ValueId input : graph.inputs) {
    const Value& value = graph.values[input];
    json.begin_object().field("name", value.name).field("type", name_of(value.type)).key("shape").begin_array();
    for (const std::int64_t extent : value.shape) json.value(extent);
    json.end_array().end_object();
  }
  json.end_array().field("output", graph.values[graph.outputs[0]].name).field("batches", kBatches).end_object();
  write_file(folder + "/network.json", json.text());
}

void export_network(const std::string& model, const std::string& folder) {
  const Network network = network_of(model);
  const auto inputs = inputs_of(network);
  write_description(*network.graph, folder);
  write_onnx(network, folder + "/model.onnx");
  // What the engine fuses away the other has to quantise too, else it computes those products in fp32.
  Ranges ranges = observe_ranges(network, inputs);
  ranges.merge(observe_ranges(bench::unmerged(network), inputs));
  write_onnx(bench::qdq_network(network, ranges), folder + "/qdq.onnx");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (std::size_t j = 0; j < inputs[i].size(); ++j)
      write_file(fmt::format("{}/{}.{}.bin", folder, i, j), bytes_of(inputs[i][j]));
}

std::unique_ptr<Backend> engine(const std::string& precision, const Network& network) {
  if (precision == "bf16") return make_cpu_bf16_backend();
  if (precision == "int8") return make_cpu_int8_backend(observe_ranges(network, inputs_of(network)));
  return make_cpu_backend();
}

/// A network as one stage, ready to run.
class Subject {
 public:
  Subject(const Network& network, const std::string& precision)
      : inputs_(inputs_of(network)), backend_(engine(precision, network)) {
    const StageSpec spec = make_stage_spec(network, unsplit_plan(network).stages[0].operators);
    for (const ValueId input : spec.inputs)
      places_.push_back(
          static_cast<std::size_t>(std::ranges::find(network.graph->inputs, input) - network.graph->inputs.begin()));
    for (const ValueId output : spec.outputs)
      outputs_.emplace_back(network.graph->values[output].type, network.graph->values[output].shape);
    for (Tensor& output : outputs_) targets_.push_back(&output);
    backend_->prepare(spec);
  }

  const Tensor& run(std::size_t batch) {
    std::vector<const Tensor*> sources;
    for (const std::size_t place : places_) sources.push_back(&inputs_[batch % inputs_.size()][place]);
    backend_->run(sources, targets_);
    return outputs_[0];
  }

 private:
  std::vector<std::vector<Tensor>> inputs_;
  std::unique_ptr<Backend> backend_;
  std::vector<std::size_t> places_;
  std::vector<Tensor> outputs_;
  std::vector<Tensor*> targets_;
};

void time_network(const std::string& model, const std::string& precision, const std::string& folder) {
  Subject subject(network_of(model), precision);
  for (std::size_t i = 0; i < kBatches; ++i)
    write_file(fmt::format("{}/{}.{}.bin", folder, precision, i), bytes_of(subject.run(i)));
  std::cout << "ready" << std::endl;
  std::size_t runs = 0;
  while (std::cin >> runs) {
    for (std::size_t i = 0; i < runs; ++i) {
      const Clock::time_point start = Clock::now();
      (void)subject.run(0);
      std::cout << std::chrono::duration<double>(Clock::now() - start).count() << ' ';
    }
    std::cout << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 3 && arguments[0] == "export")
      export_network(arguments[1], arguments[2]);
    else if (arguments.size() == 4 && arguments[0] == "time")
      time_network(arguments[1], arguments[2], arguments[3]);
    else
      throw UsageError("give: export MODEL FOLDER, or: time MODEL fp32|bf16|int8 FOLDER");
  } catch (const std::exception& error) {
    std::cerr << "bench_runtime: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
