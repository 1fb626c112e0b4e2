#pragma once
/// A network as one stage, with random inputs and room for its outputs.

#include "runtime/random_inputs.hpp"

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace cleave {

class WholeNetwork {
 public:
  explicit WholeNetwork(const Network& network)
      : inputs_(random_inputs(*network.graph, 1)), spec_(make_stage_spec(network, all_of(network))) {
    const Graph& graph = *network.graph;
    for (const ValueId value : spec_.inputs) {
      const auto place = std::ranges::find(graph.inputs, value) - graph.inputs.begin();
      sources_.push_back(&inputs_[static_cast<std::size_t>(place)]);
    }
    for (const ValueId value : spec_.outputs)
      outputs_.emplace_back(graph.values[value].type, graph.values[value].shape);
    for (Tensor& output : outputs_) targets_.push_back(&output);
  }
  WholeNetwork(const WholeNetwork&) = delete;
  WholeNetwork& operator=(const WholeNetwork&) = delete;

  [[nodiscard]] const StageSpec& spec() const { return spec_; }
  [[nodiscard]] std::span<const Tensor* const> sources() const { return sources_; }
  [[nodiscard]] std::span<Tensor* const> targets() const { return targets_; }
  [[nodiscard]] const std::vector<Tensor>& outputs() const { return outputs_; }

 private:
  static std::vector<OpId> all_of(const Network& network) {
    std::vector<OpId> all;
    for (const OpId op : network.operators.ids()) all.push_back(op);
    return all;
  }

  std::vector<Tensor> inputs_, outputs_;
  StageSpec spec_;
  std::vector<const Tensor*> sources_;
  std::vector<Tensor*> targets_;
};

}  // namespace cleave
