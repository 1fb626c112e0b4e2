#include "search/passes.hpp"

#include "base/graph_order.hpp"

#include <map>
#include <utility>

namespace cleave {
namespace {

using Depths = IndexVector<OpId, std::size_t>;
/// A pass by depth and stage: in this order data flows, as every border leads to a greater depth.
using Key = std::pair<std::size_t, std::size_t>;

/// Most stage borders on a path to each operator. Operators are in an order in which data flows.
Depths depths(const CostTable& cost, const Homes& home) {
  Depths depth(cost.operator_count(), 0);
  for (const OpId op : cost.inputs.ids())
    for (const TensorId tensor : cost.inputs[op])
      if (const OpId producer = cost.tensors[tensor].producer; producer.valid())
        depth[op] = std::max(depth[op], depth[producer] + (home[producer] == home[op] ? 0 : 1));
  return depth;
}

struct Pass {
  double receive_s = 0;
  double compute_s = 0;
  double send_s = 0;
  std::vector<Key> reads_from = {};
};
using Passes = std::map<Key, Pass>;

/// Stages other than the maker's that read the tensor, each with the depth of its first reader.
std::map<std::size_t, std::size_t> first_readers(const TensorUse& use, const Homes& home, const Depths& depth) {
  std::map<std::size_t, std::size_t> first;
  for (const OpId op : use.consumers) {
    if (use.producer.valid() && home[use.producer] == home[op]) continue;
    const auto [found, added] = first.try_emplace(home[op], depth[op]);
    if (!added) found->second = std::min(found->second, depth[op]);
  }
  return first;
}

void add_moves(const CostTable& cost, const Plan& plan, const Homes& home, const Depths& depth, Passes& passes) {
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    const auto readers = first_readers(use, home, depth);
    const ModeId from = use.producer.valid() ? plan.stages[home[use.producer]].mode : ModeId();
    for (const auto& [stage, at] : readers) {
      Pass& reader = passes[{at, stage}];
      reader.receive_s += receiving(cost, tensor, from, plan.stages[stage].mode).seconds;
      if (use.producer.valid()) reader.reads_from.emplace_back(depth[use.producer], home[use.producer]);
    }
    if (use.producer.valid() && (use.leaves || !readers.empty()))
      passes[{depth[use.producer], home[use.producer]}].send_s += sending(cost, tensor, from).seconds;
  }
}

Passes passes_of(const CostTable& cost, const Plan& plan, const Homes& home, const std::vector<StageSums>& sums) {
  const Depths depth = depths(cost, home);
  Passes passes;
  for (const OpId op : cost.inputs.ids())
    passes[{depth[op], home[op]}].compute_s += cost.compute_s(op, plan.stages[home[op]].mode);
  std::vector<bool> begun(plan.stages.size(), false);
  for (auto& [key, pass] : passes) {
    const std::size_t stage = key.second;
    if (!begun[stage]) pass.compute_s += setup_s(cost, sums[stage].weight_bytes, plan.stages[stage].mode);
    begun[stage] = true;
  }
  add_moves(cost, plan, home, depth, passes);
  return passes;
}

}  // namespace

bool flows_in_circle(const CostTable& cost, const Plan& plan, const Homes& home) {
  Edges edges;
  bool forward = true;
  for (const TensorUse& use : cost.tensors)
    for (const OpId reader : use.consumers) {
      if (!use.producer.valid() || home[use.producer] == home[reader]) continue;
      edges.emplace_back(home[use.producer], home[reader]);
      forward &= home[use.producer] < home[reader];
    }
  return !forward && !topological_order(plan.stages.size(), edges);
}

bool interleaved(const CostTable& cost, const Plan& plan) { return flows_in_circle(cost, plan, homes(cost, plan)); }

double interleaved_latency_s(const CostTable& cost, const Plan& plan, const Homes& home,
                             const std::vector<StageSums>& sums) {
  std::map<Key, double> sent_s;
  std::vector<double> stage_free_s(plan.stages.size(), 0);
  double last_s = 0;
  for (const auto& [key, pass] : passes_of(cost, plan, home, sums)) {
    double& free_s = stage_free_s[key.second];
    for (const Key& producer : pass.reads_from) free_s = std::max(free_s, sent_s.at(producer));
    free_s += pass.receive_s + pass.compute_s + pass.send_s;
    sent_s[key] = free_s;
    last_s = std::max(last_s, free_s);
  }
  return last_s;
}

}  // namespace cleave
