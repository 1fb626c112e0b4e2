#include "search/random_problem.hpp"

#include "search/stage_cost.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cleave::testing_support {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  double real(double lo, double hi) { return lo + (hi - lo) * static_cast<double>(engine_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 engine_;
};

using Edge = std::pair<std::size_t, std::size_t>;

std::set<Edge> edges(Dice& dice, const RandomProblemOptions& options) {
  std::set<Edge> found;
  const std::size_t n = options.operators;
  for (std::size_t v = 1; v < n; ++v) {
    switch (options.topology) {
      case Topology::chain:
        found.insert({v - 1, v});
        break;
      case Topology::diamond:
        if (v + 1 < n) found.insert({0, v});
        if (v + 1 == n)
          for (std::size_t u = n > 2 ? 1 : 0; u < v; ++u) found.insert({u, v});
        break;
      case Topology::series_parallel:
        found.insert({v - (v >= 2 && v % 3 != 0 ? 2 : 1), v});
        if (v % 3 == 0 && v >= 2) found.insert({v - 2, v});
        break;
      case Topology::random:
        for (std::size_t u = 0; u < v; ++u)
          if (dice.one_in(3)) found.insert({u, v});
        break;
      case Topology::blocks:
        found.insert({v % 4 == 3 ? v - 3 : v - (v % 4 == 0 ? 2 : 1), v});
        if (v % 4 == 0) found.insert({v - 1, v});
        break;
    }
  }
  return found;
}

/// One tensor per producer, or one per edge, so that fan-out of both kinds occurs.
void add_tensors(Dice& dice, CostTable& cost, const std::set<Edge>& edges) {
  const auto add = [&](OpId producer, std::vector<OpId> consumers, bool leaves) {
    const TensorId id = cost.tensors.push_back({producer, consumers, leaves});
    if (producer.valid()) cost.outputs[producer].push_back(id);
    for (const OpId reader : consumers) cost.inputs[reader].push_back(id);
  };
  for (const OpId op : cost.inputs.ids()) {
    std::vector<OpId> readers;
    for (const auto& [from, to] : edges)
      if (from == op.at()) readers.emplace_back(to);
    const bool leaves = readers.empty() ? !dice.one_in(4) : dice.one_in(6);
    if (dice.one_in(3) && readers.size() > 1)
      for (const OpId reader : readers) add(op, {reader}, false);
    else if (leaves || !readers.empty())
      add(op, readers, leaves);
    if (cost.inputs[op].empty() && !dice.one_in(4)) add(OpId(), {op}, false);
  }
}

void add_classes(Dice& dice, CostTable& cost, int max_devices) {
  const int classes = 1 + dice.below(3);
  for (int c = 0; c < classes; ++c) {
    ClassCost device;
    device.count = std::max(1, std::min(1 + dice.below(3), max_devices - (classes - 1 - c)));
    max_devices -= device.count;
    device.idle_w = dice.one_in(3) ? 0 : dice.real(0, 4);
    device.full_duplex = dice.one_in(2);
    device.overlap = dice.one_in(2);
    device.replicate = !dice.one_in(3);
    if (dice.one_in(3)) device.memory_bytes = dice.real(10, 60);
    const ClassId id = cost.classes.push_back(device);
    ModeCost mode{.device_class = id};
    if (dice.one_in(3)) mode.stage_launch_s = dice.real(0, 1);
    if (dice.one_in(3)) mode.stage_launch_j = dice.real(0, 1);
    if (dice.one_in(3)) {
      mode.resident_bytes = dice.real(0, 20);
      mode.reload_s_per_byte = dice.one_in(3) ? kCannot : dice.real(0, 0.2);
      mode.reload_j_per_byte = dice.real(0, 0.2);
    }
    cost.modes.push_back(mode);
  }
}

void price(Dice& dice, CostTable& cost) {
  const std::size_t operators = cost.operator_count();
  const std::size_t modes = cost.modes.size();
  cost.compute_s = Table<OpId, ModeId, double>(operators, modes);
  cost.compute_j = cost.weight_bytes = cost.live_bytes = cost.compute_s;
  cost.transfer_s = Table<TensorId, ModeId, double>(cost.tensors.size(), modes);
  cost.transfer_j = cost.transfer_bytes = cost.transfer_s;
  const bool coarse = dice.one_in(3);  // few distinct numbers: ties
  const bool free_energy = dice.one_in(6);
  const auto draw = [&](double hi) { return coarse ? static_cast<double>(dice.below(4)) : dice.real(0, hi); };
  for (const ModeId mode : cost.modes.ids()) {
    const bool has_port = !dice.one_in(4);
    for (const OpId op : cost.inputs.ids()) {
      cost.compute_s(op, mode) = dice.one_in(10) ? kCannot : draw(5);
      cost.compute_j(op, mode) = free_energy ? 0 : draw(5);
      cost.weight_bytes(op, mode) = draw(10);
      cost.live_bytes(op, mode) = draw(10);
    }
    for (const TensorId tensor : cost.tensors.ids()) {
      cost.transfer_bytes(tensor, mode) = draw(5);
      cost.transfer_s(tensor, mode) = has_port ? draw(2) : 0;
      cost.transfer_j(tensor, mode) = has_port && !free_energy ? draw(2) : 0;
    }
  }
}

}  // namespace

Problem random_problem(std::uint64_t seed, const RandomProblemOptions& options) {
  Dice dice(seed);
  Problem problem;
  CostTable& cost = problem.cost;
  cost.batch = 1 + dice.below(3);
  cost.inputs = IndexVector<OpId, std::vector<TensorId>>(options.operators);
  cost.outputs = cost.inputs;
  add_tensors(dice, cost, edges(dice, options));
  add_classes(dice, cost, options.max_devices);
  price(dice, cost);
  return problem;
}

Problem tiny_problem(std::uint64_t seed) {
  return random_problem(seed,
                        {.operators = 4 + seed % 3, .max_devices = 4, .topology = static_cast<Topology>(seed % 4)});
}

bool runnable(const CostTable& cost) {
  for (const OpId op : cost.inputs.ids())
    if (!std::isfinite(fastest_s(cost, op))) return false;
  return true;
}

void forget_joules(CostTable& cost) {
  for (ClassCost& device : cost.classes) device.idle_w = 0;
  for (ModeCost& mode : cost.modes) mode.stage_launch_j = mode.reload_j_per_byte = 0;
  cost.compute_j = Table<OpId, ModeId, double>(cost.operator_count(), cost.modes.size());
  cost.transfer_j = Table<TensorId, ModeId, double>(cost.tensors.size(), cost.modes.size());
}

void add_links(CostTable& cost, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  const auto draw = [&](double hi) { return hi * static_cast<double>(engine() >> 11) * 0x1p-53; };
  const std::size_t classes = cost.classes.size();
  LinkCost links{.ports = seed % 2 == 1,
                 .latency_s = {classes, classes},
                 .s_per_byte = {classes, classes},
                 .j_per_byte = {classes, classes}};
  for (const ClassId from : cost.classes.ids())
    for (const ClassId to : cost.classes.ids()) {
      links.latency_s(from, to) = engine() % 2 ? draw(1) : 0;
      links.s_per_byte(from, to) = engine() % 6 ? draw(0.5) : kCannot;
      links.j_per_byte(from, to) = draw(0.5);
    }
  cost.links = links;
}

void add_shared_links(CostTable& cost, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  const auto draw = [&](double hi) { return hi * static_cast<double>(engine() >> 11) * 0x1p-53; };
  const std::size_t classes = cost.classes.size();
  if (!cost.links)
    cost.links = LinkCost{.ports = true,
                          .latency_s = {classes, classes, 0.0},
                          .s_per_byte = {classes, classes, 0.0},
                          .j_per_byte = {classes, classes, 0.0}};
  LinkCost& links = *cost.links;
  for (std::uint64_t k = 0; k < 1 + seed % 2; ++k) {
    SharedLinkCost link{.latency_s = engine() % 2 ? draw(0.5) : 0,
                        .s_per_byte = draw(0.6),
                        .j_per_byte = engine() % 2 ? draw(0.3) : 0,
                        .full_duplex = engine() % 2 == 0,
                        .inside = static_cast<int>(engine() % 3),
                        .member = IndexVector<ClassId, char>(classes, 0)};
    for (char& member : link.member) member = engine() % 4 != 0;
    for (const ClassId from : cost.classes.ids())
      for (const ClassId to : cost.classes.ids()) {
        const int members = link.member[from] + link.member[to];
        const int times = members == 2 ? link.inside : members;
        links.latency_s(from, to) += times * link.latency_s;
        if (times > 0) links.s_per_byte(from, to) += times * link.s_per_byte;
        links.j_per_byte(from, to) += times * link.j_per_byte;
      }
    links.shared.push_back(std::move(link));
  }
}

}  // namespace cleave::testing_support
