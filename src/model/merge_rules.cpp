#include "model/merge_rules.hpp"

#include "base/graph_order.hpp"
#include "model/contraction.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>

namespace cleave {

namespace {

using Group = Contraction::Group;

/// What the rules look at.
struct Merging {
  Contraction groups;
  IndexVector<NodeId, OpTraits> traits;

  [[nodiscard]] bool has_role(Group group, Role role) const {
    return std::any_of(groups.nodes(group).begin(), groups.nodes(group).end(),
                       [&](NodeId n) { return traits[n].role == role; });
  }
  /// Pointwise nodes and views, nothing else.
  [[nodiscard]] bool is_light(Group group) const {
    return !has_role(group, Role::heavy) && !has_role(group, Role::apart) && !has_role(group, Role::reduction);
  }
  [[nodiscard]] bool is_view(Group group) const { return is_light(group) && !has_role(group, Role::pointwise); }
  /// Reductions with pointwise nodes around them: part of a normalisation that is written out.
  [[nodiscard]] bool is_reducing(Group group) const {
    return has_role(group, Role::reduction) && !has_role(group, Role::heavy) && !has_role(group, Role::apart);
  }
  [[nodiscard]] bool is_heavy(Group group) const { return has_role(group, Role::heavy); }
  [[nodiscard]] bool is_normalization(Group group) const {
    return std::any_of(groups.nodes(group).begin(), groups.nodes(group).end(),
                       [&](NodeId n) { return traits[n].kind == OpKind::normalization; });
  }
  /// Nobody but `consumer` sees what `producer` makes.
  [[nodiscard]] bool is_only_consumer(Group producer, Group consumer) const {
    return groups.consumers(producer).size() == 1 && groups.consumers(producer).contains(consumer) &&
           !groups.leaves(producer);
  }
  /// `consumer` reads nothing that is computed elsewhere.
  [[nodiscard]] bool is_only_producer(Group producer, Group consumer) const {
    return groups.producers(consumer).size() == 1 && groups.producers(consumer).contains(producer) &&
           !groups.enters(consumer);
  }
  /// The consumer's result is as large as what it reads from the producer: a cut between the
  /// two would be no cheaper than a cut behind them.
  [[nodiscard]] bool keeps_size(Group producer, Group consumer) const {
    const Graph& graph = groups.graph();
    const Node& last = graph.nodes[groups.nodes(consumer).back()];
    const std::int64_t after = element_count(graph.values[last.outputs.at(0)].shape);
    const std::vector<ValueId> read = groups.between(producer, consumer);
    return std::all_of(read.begin(), read.end(),
                       [&](ValueId value) { return element_count(graph.values[value].shape) == after; });
  }
};

/// The groups whose values a branch starts from, if it feeds `join` alone; else the branch itself.
std::set<Group> origins(const Merging& merging, Group branch, Group join) {
  const bool is_branch = merging.is_light(branch) || merging.is_reducing(branch);
  if (is_branch && merging.is_only_consumer(branch, join) && !merging.groups.enters(branch))
    return merging.groups.producers(branch);
  return {branch};
}

// ---- the rules; each sees a producer and one of its consumers

/// A view that is the only reader of its input travels with whoever makes that input.
bool view_behind_producer(const Merging& merging, Group producer, Group consumer) {
  if (!merging.is_view(consumer) || !merging.is_only_producer(producer, consumer)) return false;
  const auto read = merging.groups.between(producer, consumer);
  return std::all_of(read.begin(), read.end(), [&](ValueId value) { return merging.groups.readers(value) == 1; });
}

/// Bias, batch norm, scale, activation: applied while the result is at hand.
bool epilogue(const Merging& merging, Group producer, Group consumer) {
  const bool absorbs = merging.is_heavy(producer) || merging.is_light(producer) || merging.is_normalization(producer) ||
                       merging.is_reducing(producer);
  return absorbs && merging.is_light(consumer) && merging.is_only_consumer(producer, consumer) &&
         merging.is_only_producer(producer, consumer) && merging.keeps_size(producer, consumer);
}

/// Squaring before a mean, the root behind it: inner steps of a written-out normalisation.
bool reduction_step(const Merging& merging, Group producer, Group consumer) {
  const bool step = merging.is_light(producer) && merging.is_reducing(consumer);
  return step && merging.is_only_consumer(producer, consumer) && merging.is_only_producer(producer, consumer);
}

/// Branches that leave one value and meet again: x * sigmoid(x), gelu, x - mean(x).
bool rejoin(const Merging& merging, Group producer, Group consumer) {
  const bool branch = merging.is_light(producer) || merging.is_reducing(producer);
  const bool join = merging.is_light(consumer) || merging.is_reducing(consumer);
  if (!branch || !join || !merging.is_only_consumer(producer, consumer) || merging.groups.enters(consumer))
    return false;
  std::set<Group> sources;
  for (const Group other : merging.groups.producers(consumer)) sources.merge(origins(merging, other, consumer));
  return sources.size() == 1 && merging.groups.producers(consumer).size() > 1;
}

/// (x - mean) and what divides it by its deviation: the halves of a written-out normalisation.
bool normalization_halves(const Merging& merging, Group producer, Group consumer) {
  return merging.is_reducing(producer) && merging.is_reducing(consumer) &&
         merging.is_only_consumer(producer, consumer) && merging.is_only_producer(producer, consumer);
}

/// A residual add (or a mask) joins the product that comes last, which can add in place.
bool residual(const Merging& merging, Group producer, Group consumer) {
  return merging.is_heavy(producer) && merging.is_light(consumer) && merging.is_only_consumer(producer, consumer) &&
         merging.keeps_size(producer, consumer);
}

/// Chains of pointwise work that wait for a second operand.
bool pointwise_join(const Merging& merging, Group producer, Group consumer) {
  return (merging.is_light(producer) || merging.is_normalization(producer)) && !merging.is_heavy(producer) &&
         !merging.is_view(producer) && merging.is_light(consumer) && merging.is_only_consumer(producer, consumer) &&
         merging.keeps_size(producer, consumer);
}

/// A view of something that others read too, or of an input, travels with its only consumer.
bool view_before_consumer(const Merging& merging, Group producer, Group consumer) {
  return merging.is_view(producer) && merging.is_only_consumer(producer, consumer);
}

bool view_behind_shared(const Merging& merging, Group producer, Group consumer) {
  return merging.is_view(consumer) && merging.is_only_producer(producer, consumer);
}

/// What depends on no input (decoded weights), and views of inputs that several read.
bool rootless(const Merging& merging, Group producer, Group consumer) {
  const bool no_input = merging.groups.producers(producer).empty() && !merging.groups.enters(producer);
  return (no_input || merging.is_view(producer)) && merging.groups.is_convex(producer, consumer);
}

struct Rule {
  const char* name;
  bool (*applies)(const Merging&, Group producer, Group consumer);
};

/// Earlier rules first: a later one is tried only where no earlier one applies any more.
constexpr std::array rules{
    Rule{"view behind its producer", view_behind_producer},
    Rule{"epilogue", epilogue},
    Rule{"rejoin", rejoin},
    Rule{"residual", residual},
    Rule{"reduction step", reduction_step},
    Rule{"halves of a normalisation", normalization_halves},
    Rule{"pointwise join", pointwise_join},
    Rule{"view before its consumer", view_before_consumer},
    Rule{"view behind a shared value", view_behind_shared},
    Rule{"rootless", rootless},
};

/// One pass over all consumers, the latest producer first. Whether anything was merged.
bool sweep(Merging& merging, const Rule& rule) {
  bool changed = false;
  for (const Group consumer : merging.groups.groups()) {
    if (merging.groups.nodes(consumer).empty()) continue;  // merged earlier in this pass
    const auto& producers = merging.groups.producers(consumer);
    std::vector<Group> latest_first(producers.begin(), producers.end());
    std::sort(latest_first.begin(), latest_first.end(),
              [&](Group a, Group b) { return merging.groups.nodes(a).back() > merging.groups.nodes(b).back(); });
    for (const Group producer : latest_first) {
      if (!merging.groups.producers(consumer).contains(producer) || !rule.applies(merging, producer, consumer))
        continue;
      merging.groups.contract(producer, consumer);
      changed = true;
    }
  }
  return changed;
}

/// Which node gives a group its name and kind: the larger number.
int rank_of(OpKind kind) {
  constexpr std::array ascending{OpKind::other,     OpKind::movement, OpKind::elementwise, OpKind::lookup,
                                 OpKind::reduction, OpKind::pool,     OpKind::softmax,     OpKind::normalization,
                                 OpKind::matmul,    OpKind::gemm,     OpKind::conv};
  return static_cast<int>(std::find(ascending.begin(), ascending.end(), kind) - ascending.begin());
}

MergedGroup described(const Merging& merging, Group group) {
  MergedGroup result{.nodes = merging.groups.nodes(group), .leader = merging.groups.nodes(group).front()};
  for (const NodeId n : result.nodes)
    if (rank_of(merging.traits[n].kind) > rank_of(merging.traits[result.leader].kind)) result.leader = n;
  result.kind = merging.traits[result.leader].kind;
  // A reduction whose result is spread over its input again is a normalisation.
  if (result.kind == OpKind::reduction && merging.has_role(group, Role::pointwise)) {
    const Graph& graph = merging.groups.graph();
    const auto elements = [&](NodeId n) { return element_count(graph.values[graph.nodes[n].outputs.at(0)].shape); };
    if (elements(result.nodes.back()) > elements(result.leader)) result.kind = OpKind::normalization;
  }
  return result;
}

/// Groups so that each comes behind those that it reads from.
std::vector<Group> in_order(const Contraction& groups) {
  const std::vector<Group> all = groups.groups();
  std::map<Group, std::size_t> position;
  for (const Group group : all) position.emplace(group, position.size());
  Edges edges;
  for (const Group group : all)
    for (const Group next : groups.consumers(group)) edges.emplace_back(position.at(group), position.at(next));
  std::vector<Group> sorted;
  const auto order = topological_order(all.size(), edges);
  if (!order) throw std::logic_error("merging made a cycle");
  for (const std::size_t at : *order) sorted.push_back(all[at]);
  return sorted;
}

}  // namespace

std::vector<MergedGroup> merge_nodes(const Graph& graph) {
  Merging merging{Contraction(graph), {}};
  const auto is_weight = weight_values(graph);
  for (const Node& node : graph.nodes) merging.traits.push_back(traits_of(node, is_weight));
  for (std::size_t rule = 0; rule < rules.size();) rule = sweep(merging, rules[rule]) ? 0 : rule + 1;
  std::vector<MergedGroup> result;
  for (const Group group : in_order(merging.groups)) result.push_back(described(merging, group));
  return result;
}

}  // namespace cleave
