#include "base/files.hpp"
#include "base/graph_order.hpp"
#include "base/json_view.hpp"
#include "base/text.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cleave {
namespace {

using Costs = std::map<std::string, MeasuredCost>;

/// An operator as the file has it.
struct Member {
  std::string name = {};
  OpKind kind = OpKind::other;
  std::optional<std::string> group = {};
  Costs costs = {};
};

/// A tensor as the file has it; exactly one of bytes and seconds.
struct Hyperedge {
  std::size_t from = 0;
  std::vector<std::size_t> to = {};
  std::optional<double> bytes = {}, seconds = {};
};

std::string text_of(const JsonView& view) {
  const std::string text = view.string();
  if (text.empty()) view.fail("is empty", "give a name");
  return text;
}

OpKind kind_of(const JsonView& view) {
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(OpKind::other); ++i) {
    known.emplace_back(name_of(static_cast<OpKind>(i)));
    if (known.back() == view.string()) return static_cast<OpKind>(i);
  }
  view.fail(fmt::format("\"{}\" is not a kind of operator", view.string()),
            fmt::format("did you mean \"{}\"?", nearest(view.string(), known)));
}

double measured(const JsonView& view) {
  static_cast<void>(view.non_negative());
  return view.quantity();
}

Costs costs_of(const JsonView& view) {
  Costs costs;
  for (const auto& [device, cost] : view.members()) {
    cost.allow_only({"seconds", "joules", "bytes"});
    const auto optional = [&cost = cost](const char* key) {
      const auto found = cost.find(key);
      return found ? measured(*found) : 0;
    };
    costs[device] = {measured(cost.at("seconds")), optional("joules"), optional("bytes")};
  }
  return costs;
}

Member member_of(const JsonView& view) {
  view.allow_only({"name", "kind", "group", "costs"});
  Member member{.name = text_of(view.at("name")), .costs = costs_of(view.at("costs"))};
  if (const auto kind = view.find("kind")) member.kind = kind_of(*kind);
  if (const auto group = view.find("group")) member.group = text_of(*group);
  return member;
}

std::vector<Member> members_of(const JsonView& view) {
  std::vector<Member> members;
  std::set<std::string> names;
  for (const JsonView& item : view.elements()) {
    members.push_back(member_of(item));
    if (!names.insert(members.back().name).second)
      item.at("name").fail(fmt::format("\"{}\" is also the name of an operator before", members.back().name),
                           "give each its own name");
  }
  if (members.empty()) view.fail("is empty", "give at least one operator");
  return members;
}

/// Position of each operator by its name.
using Directory = std::map<std::string, std::size_t>;

Directory directory_of(const std::vector<Member>& members) {
  Directory directory;
  for (std::size_t i = 0; i < members.size(); ++i) directory[members[i].name] = i;
  return directory;
}

std::size_t look_up(const JsonView& view, const Directory& directory) {
  const auto found = directory.find(view.string());
  if (found != directory.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, position] : directory) names.push_back(name);
  view.fail(fmt::format("there is no operator \"{}\"", view.string()),
            fmt::format("did you mean \"{}\"?", nearest(view.string(), names)));
}

Hyperedge hyperedge_of(const JsonView& view, const Directory& directory) {
  view.allow_only({"from", "to", "bytes", "seconds"});
  Hyperedge edge{.from = look_up(view.at("from"), directory)};
  for (const JsonView& name : view.at("to").elements()) {
    edge.to.push_back(look_up(name, directory));
    if (std::count(edge.to.begin(), edge.to.end(), edge.to.back()) > 1)
      name.fail(fmt::format("\"{}\" is there twice", name.string()), "name each consumer once");
  }
  if (edge.to.empty()) view.at("to").fail("is empty", "name at least one consumer");
  if (const auto bytes = view.find("bytes")) edge.bytes = measured(*bytes);
  if (const auto seconds = view.find("seconds")) edge.seconds = measured(*seconds);
  if (edge.bytes.has_value() == edge.seconds.has_value())
    view.fail(edge.bytes ? "has both bytes and seconds" : "has neither bytes nor seconds", "give exactly one of them");
  return edge;
}

std::vector<Hyperedge> hyperedges_of(const JsonView& root, const Directory& directory) {
  std::vector<Hyperedge> edges;
  if (const auto view = root.find("edges"))
    for (const JsonView& item : view->elements()) edges.push_back(hyperedge_of(item, directory));
  return edges;
}

Edges pairs_of(const std::vector<Hyperedge>& hyperedges) {
  Edges pairs;
  for (const Hyperedge& edge : hyperedges)
    for (const std::size_t to : edge.to) pairs.emplace_back(edge.from, to);
  return pairs;
}

/// Refuses a cycle on which no operator has a group: nothing could merge it away.
void refuse_cycles(const JsonView& root, const std::vector<Member>& members, const Edges& edges) {
  Edges ungrouped;
  for (const auto& [from, to] : edges)
    if (!members[from].group && !members[to].group) ungrouped.emplace_back(from, to);
  const auto component = strong_components(members.size(), ungrouped);
  for (const auto& [from, to] : ungrouped)
    if (component[from] == component[to])
      root.at("edges").fail(
          fmt::format("operators \"{}\" and \"{}\" lie on a cycle", members[from].name, members[to].name),
          "remove an edge, or give operators that must run together one \"group\"");
}

/// For each member the number of its group; members without one are alone. Numbers are below members.size().
std::vector<std::size_t> groups_of(const std::vector<Member>& members) {
  std::map<std::string, std::size_t> first;
  std::vector<std::size_t> group(members.size());
  for (std::size_t i = 0; i < members.size(); ++i)
    group[i] = members[i].group ? first.emplace(*members[i].group, i).first->second : i;
  return group;
}

/// `edges` between the blocks of a partition; those inside a block vanish.
Edges contracted(const Edges& edges, const std::vector<std::size_t>& block) {
  Edges result;
  for (const auto& [from, to] : edges)
    if (block[from] != block[to]) result.emplace_back(block[from], block[to]);
  return result;
}

/// The members of each merged operator, in topological order.
std::vector<std::vector<std::size_t>> blocks_of(const std::vector<Member>& members, const Edges& edges) {
  const auto group = groups_of(members);
  const auto component = strong_components(members.size(), contracted(edges, group));
  // A block is numbered by its first member, so that the order of the file decides between equals.
  std::vector<std::size_t> block(members.size()), first(members.size(), members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::size_t& leader = first[component[group[i]]];
    leader = std::min(leader, i);
    block[i] = leader;
  }
  std::vector<std::vector<std::size_t>> by_leader(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) by_leader[block[i]].push_back(i);
  std::vector<std::vector<std::size_t>> blocks;
  const auto order = topological_order(members.size(), contracted(edges, block)).value();
  for (const std::size_t leader : order)
    if (!by_leader[leader].empty()) blocks.push_back(std::move(by_leader[leader]));
  return blocks;
}

/// Where both can run, at the sum of their costs.
Costs sum(const Costs& a, const Costs& b) {
  Costs result;
  for (const auto& [device, cost] : a)
    if (const auto other = b.find(device); other != b.end())
      result[device] = {cost.seconds + other->second.seconds, cost.joules + other->second.joules,
                        cost.bytes + other->second.bytes};
  return result;
}

/// "a (+2)" for three members, with as many primes as no other operator's name has.
std::string merged_name(const std::vector<Member>& members, const std::vector<std::size_t>& block,
                        const Directory& taken) {
  std::string name = members[block.front()].name;
  if (block.size() == 1) return name;
  name += fmt::format(" (+{})", block.size() - 1);
  while (taken.contains(name)) name += '\'';
  return name;
}

Costs merged_costs(const std::vector<Member>& members, const std::vector<std::size_t>& block) {
  Costs costs = members[block.front()].costs;
  for (std::size_t i = 1; i < block.size(); ++i) costs = sum(costs, members[block[i]].costs);
  return costs;
}

/// The first few members of a block.
std::string listed(const std::vector<Member>& members, const std::vector<std::size_t>& block) {
  constexpr std::size_t most = 6;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, block.size()); ++i)
    list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", ellipsis(members[block[i]].name, 40));
  return block.size() > most ? fmt::format("{} and {} more", list, block.size() - most) : list;
}

/// Operators that must run together, and have costs, but on no device all of them.
void refuse_apart(const JsonView& root, const std::vector<Member>& members, const std::vector<std::size_t>& block) {
  const auto has_costs = [&](std::size_t i) { return !members[i].costs.empty(); };
  if (!merged_costs(members, block).empty() || std::none_of(block.begin(), block.end(), has_costs)) return;
  const auto grouped =
      std::find_if(block.begin(), block.end(), [&](std::size_t i) { return members[i].group.has_value(); });
  if (grouped == block.end()) return;  // it is alone
  root.at("operators")
      .elements()[*grouped]
      .at("group")
      .fail(fmt::format("\"{}\" makes {} run together, and no device has costs of all of them",
                        *members[*grouped].group, listed(members, block)),
            "give them costs on one device, or take some out of the group");
}

void add_operator(Network& network, const std::vector<Member>& members, const std::vector<std::size_t>& block,
                  const Directory& directory) {
  const Member& leader = members[block.front()];
  const bool alike =
      std::all_of(block.begin(), block.end(), [&](std::size_t i) { return members[i].kind == leader.kind; });
  Operator op;
  op.name = merged_name(members, block, directory);
  op.kind = alike ? leader.kind : OpKind::other;
  network.operators.push_back(std::move(op));
  network.measured.push_back(merged_costs(members, block));
}

/// Adds the tensor of an edge unless all its consumers were merged with its producer.
void add_tensor(Network& network, const Hyperedge& edge, const std::vector<OpId>& op_of) {
  const OpId producer = op_of[edge.from];
  std::set<OpId> consumers;
  for (const std::size_t to : edge.to) consumers.insert(op_of[to]);
  consumers.erase(producer);
  if (consumers.empty()) return;
  NetworkTensor tensor;
  tensor.name = fmt::format("{}:{}", network.operators[producer].name, network.operators[producer].outputs.size());
  tensor.producer = producer;
  tensor.consumers.assign(consumers.begin(), consumers.end());
  tensor.bytes = edge.bytes;
  tensor.transfer_s = edge.seconds;
  const TensorId id = network.tensors.push_back(std::move(tensor));
  network.operators[producer].outputs.push_back(id);
  for (const OpId consumer : consumers) network.operators[consumer].inputs.push_back(id);
}

std::int64_t batch_of(const JsonView& root) {
  const auto view = root.find("batch");
  if (!view) return 1;
  if (view->integer() < 1) view->fail(fmt::format("is {}", view->integer()), "it must be at least 1");
  return view->integer();
}

}  // namespace

Network parse_cost_file(std::string_view text, const std::string& file) {
  const JsonView root = JsonView::parse(text, file);
  root.require_schema("costs");
  root.allow_only({"name", "batch", "operators", "edges"});
  const auto members = members_of(root.at("operators"));
  const Directory directory = directory_of(members);
  const auto edges = hyperedges_of(root, directory);
  refuse_cycles(root, members, pairs_of(edges));

  Network network;
  const auto name = root.find("name");
  network.name = name ? text_of(*name) : std::filesystem::path(file).stem().string();
  network.batch = batch_of(root);
  for (const Member& member : members)
    for (const auto& [device, cost] : member.costs) network.measured_on.insert(device);
  std::vector<OpId> op_of(members.size());
  for (const auto& block : blocks_of(members, pairs_of(edges))) {
    refuse_apart(root, members, block);
    for (const std::size_t member : block) op_of[member] = OpId(network.operators.size());
    add_operator(network, members, block, directory);
  }
  for (const Hyperedge& edge : edges) add_tensor(network, edge, op_of);
  return network;
}

Network read_cost_file(const std::filesystem::path& path) { return parse_cost_file(read_file(path), path.string()); }

}  // namespace cleave
