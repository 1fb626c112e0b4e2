#pragma once
/// A network ready to run on a device, with random inputs and room for its outputs.

#include "runtime/random_inputs.hpp"
#include "runtime/timed_stage.hpp"

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace cleave {

class Bench {
 public:
  Bench(const Network& network, const TimeStage& timed)
      : inputs_(random_inputs(*network.graph, 1)), stage_(timed(whole(network))) {
    const StageSpec spec = whole(network);
    const Graph& graph = *network.graph;
    for (const ValueId value : spec.inputs) {
      const auto place = std::find(graph.inputs.begin(), graph.inputs.end(), value) - graph.inputs.begin();
      sources_.push_back(&inputs_[static_cast<std::size_t>(place)]);
    }
    for (const ValueId value : spec.outputs) outputs_.emplace_back(graph.values[value].type, graph.values[value].shape);
    for (Tensor& output : outputs_) targets_.push_back(&output);
  }
  /// Seconds of each operator.
  std::vector<double> run() { return stage_->run(sources_, targets_); }

 private:
  static StageSpec whole(const Network& network) {
    std::vector<OpId> all;
    for (const OpId op : network.operators.ids()) all.push_back(op);
    return make_stage_spec(network, all);
  }

  std::vector<Tensor> inputs_, outputs_;
  std::vector<const Tensor*> sources_;
  std::vector<Tensor*> targets_;
  std::unique_ptr<TimedStage> stage_;
};

}  // namespace cleave
