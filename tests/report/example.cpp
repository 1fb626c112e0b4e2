#include "example.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace cleave {
namespace {

constexpr std::size_t kOperators = 20;
constexpr std::size_t kModes = 4;  // one per class, and the gpu at two precisions
constexpr double kElementBytes = 4;

double macs(std::size_t op) { return 1e6 * static_cast<double>(8 + (op * 7) % 13); }
double elements(std::size_t tensor) { return 2e5 / static_cast<double>(1 + tensor / 4); }

Network make_network() {
  Network network;
  network.name = "tiny-resnet";
  for (std::size_t i = 0; i < kOperators; ++i) {
    network.operators.push_back({.name = "layer" + std::to_string(1 + i / 5) + "/conv" + std::to_string(1 + i % 5),
                                 .kind = OpKind::conv,
                                 .macs = static_cast<std::int64_t>(macs(i)),
                                 .parameters = 36864,
                                 .inputs = {TensorId(i)},
                                 .outputs = {TensorId(i + 1)},
                                 .nodes = {}});
  }
  return network;
}

Cluster make_cluster() {
  Cluster cluster{.name = "bench", .title = "A bench of three kinds of devices", .classes = {}};
  cluster.classes.push_back({.name = "cpu", .count = 2});
  cluster.classes.push_back({.name = "gpu", .count = 1});
  cluster.classes.push_back({.name = "npu", .count = 3});
  return cluster;
}

/// Seconds and joules per MAC, of each mode.
constexpr std::array<double, kModes> kSecondsPerMac = {8e-11, 9e-12, 6e-12, 2.5e-11};
constexpr std::array<double, kModes> kJoulesPerMac = {5e-10, 1.6e-10, 1.1e-10, 6e-12};
constexpr std::array<double, kModes> kBytesPerS = {2e10, 1.2e10, 1.2e10, 1e9};

CostTable make_cost() {
  CostTable cost;
  cost.classes.push_back({.count = 2, .idle_w = 2});
  cost.classes.push_back({.count = 1, .idle_w = 9, .memory_bytes = 8e9});
  cost.classes.push_back({.count = 3, .idle_w = 0.3, .memory_bytes = 8e6, .full_duplex = false});
  cost.modes.push_back({.device_class = ClassId(0), .precision = Precision::fp32});
  cost.modes.push_back(
      {.device_class = ClassId(1), .precision = Precision::fp32, .stage_launch_s = 3e-5, .stage_launch_j = 2e-4});
  cost.modes.push_back(
      {.device_class = ClassId(1), .precision = Precision::fp16, .stage_launch_s = 3e-5, .stage_launch_j = 2e-4});
  cost.modes.push_back({.device_class = ClassId(2), .precision = Precision::int8});
  cost.inputs = IndexVector<OpId, std::vector<TensorId>>(kOperators);
  cost.outputs = cost.inputs;
  cost.compute_s = Table<OpId, ModeId, double>(kOperators, kModes);
  cost.compute_j = cost.compute_s;
  cost.weight_bytes = Table<OpId, ModeId, double>(kOperators, kModes, 36864);
  cost.transfer_s = Table<TensorId, ModeId, double>(kOperators + 1, kModes);
  cost.transfer_j = cost.transfer_s;
  for (std::size_t t = 0; t <= kOperators; ++t) {
    cost.tensors.push_back({.producer = t > 0 ? OpId(t - 1) : OpId(),
                            .consumers = t < kOperators ? std::vector{OpId(t)} : std::vector<OpId>{},
                            .leaves = t == kOperators});
    for (std::size_t m = 0; m < kModes; ++m) {
      cost.transfer_s(TensorId(t), ModeId(m)) = elements(t) * kElementBytes / kBytesPerS[m];
      cost.transfer_j(TensorId(t), ModeId(m)) = elements(t) * kElementBytes * 2e-11;
    }
  }
  for (std::size_t i = 0; i < kOperators; ++i) {
    cost.inputs[OpId(i)] = {TensorId(i)};
    cost.outputs[OpId(i)] = {TensorId(i + 1)};
    for (std::size_t m = 0; m < kModes; ++m) {
      cost.compute_s(OpId(i), ModeId(m)) = macs(i) * kSecondsPerMac[m];
      cost.compute_j(OpId(i), ModeId(m)) = macs(i) * kJoulesPerMac[m];
    }
  }
  return cost;
}

Stage slice(std::size_t first, std::size_t past, std::size_t mode, int replicas) {
  Stage stage{.mode = ModeId(mode), .replicas = replicas, .operators = {}};
  for (; first < past; ++first) stage.operators.emplace_back(first);
  return stage;
}

StageScore score_stage(const CostTable& cost, const Stage& stage) {
  const ModeCost& mode = cost.modes[stage.mode];
  const ClassCost& device = cost.classes[mode.device_class];
  const TensorId in(stage.operators.front().at()), out(stage.operators.back().at() + 1);
  StageScore score{.compute_s = mode.stage_launch_s, .dynamic_j = mode.stage_launch_j};
  for (const OpId op : stage.operators) {
    score.compute_s += cost.compute_s(op, stage.mode);
    score.dynamic_j += cost.compute_j(op, stage.mode);
    score.memory_bytes += cost.weight_bytes(op, stage.mode);
  }
  score.receive_s = cost.transfer_s(in, stage.mode);
  score.send_s = cost.transfer_s(out, stage.mode);
  score.transfer_j = cost.transfer_j(in, stage.mode) + cost.transfer_j(out, stage.mode);
  const double port_s = device.full_duplex ? std::max(score.receive_s, score.send_s) : score.receive_s + score.send_s;
  score.load_s = std::max(score.compute_s, port_s) / stage.replicas;
  score.idle_w = device.idle_w * stage.replicas;
  return score;
}

Score score_plan(const CostTable& cost, const Plan& plan) {
  Score score;
  double idle_w = 0;
  for (const Stage& stage : plan.stages) {
    const StageScore s = score_stage(cost, stage);
    score.period_s = std::max(score.period_s, s.load_s);
    score.latency_s += s.receive_s + s.compute_s + s.send_s;
    score.energy_j += s.dynamic_j + s.transfer_j;
    score.devices_used += stage.replicas;
    idle_w += s.idle_w;
    score.stages.push_back(s);
  }
  score.energy_j += idle_w * score.period_s;
  return score;
}

/// The ways to run one stage: mode and replicas.
constexpr std::array<std::pair<std::size_t, int>, 7> kWays = {{{0, 1}, {0, 2}, {1, 1}, {2, 1}, {3, 1}, {3, 2}, {3, 3}}};

bool affordable(const CostTable& cost, const Plan& plan) {
  IndexVector<ClassId, int> used(cost.classes.size());
  for (const Stage& stage : plan.stages) used[cost.modes[stage.mode].device_class] += stage.replicas;
  for (const ClassId c : used.ids())
    if (used[c] > cost.classes[c].count) return false;
  return true;
}

/// Completes `plan` from operator `first` on in all ways, with at most `stages` more stages.
void enumerate(const CostTable& cost, Plan& plan, std::size_t first, int stages, std::vector<FrontierPoint>& all) {
  if (first == kOperators) {
    if (affordable(cost, plan)) all.push_back({.plan = plan, .score = score_plan(cost, plan), .solver = "enumeration"});
    return;
  }
  if (stages == 0) return;
  for (std::size_t past = first + 1; past <= kOperators; ++past) {
    if (stages == 1 && past < kOperators) continue;
    for (const auto& [mode, replicas] : kWays) {
      plan.stages.push_back(slice(first, past, mode, replicas));
      enumerate(cost, plan, past, stages - 1, all);
      plan.stages.pop_back();
    }
  }
}

/// By ascending throughput, the non-dominated ones; every fourth is left unproven, 3 % above its bound.
Frontier make_frontier(std::vector<FrontierPoint> all) {
  std::ranges::sort(all, [](const FrontierPoint& a, const FrontierPoint& b) {
    return std::pair(a.score.period_s, a.score.energy_j) < std::pair(b.score.period_s, b.score.energy_j);
  });
  Frontier frontier{.points = {}, .elapsed_s = 0.0213};
  for (FrontierPoint& point : all)
    if (frontier.points.empty() || point.score.energy_j < frontier.points.back().score.energy_j)
      frontier.points.push_back(std::move(point));
  std::ranges::reverse(frontier.points);
  for (std::size_t i = 0; i < frontier.points.size(); ++i) {
    FrontierPoint& point = frontier.points[i];
    point.proven = i % 4 != 3;
    point.gap = point.proven ? 0 : 0.03;
    point.bound = point.score.energy_j * (1 - point.gap);
    const auto part = [&](std::size_t k) {
      return static_cast<double>(std::min(k, frontier.points.size())) / static_cast<double>(frontier.points.size());
    };
    if (i % 3 == 0) point.weight = WeightInterval{.lo = part(i), .hi = part(i + 3)};
  }
  return frontier;
}

Baseline make_baseline(const CostTable& cost, const std::string& name, std::vector<Stage> stages) {
  Baseline baseline{.name = name, .plan = {std::move(stages)}, .score = {}};
  baseline.score = score_plan(cost, baseline.plan);
  return baseline;
}

}  // namespace

Example make_example() {
  Example example{
      .network = make_network(), .cluster = make_cluster(), .cost = make_cost(), .frontier = {}, .baselines = {}};
  std::vector<FrontierPoint> all;
  Plan plan;
  enumerate(example.cost, plan, 0, 3, all);
  example.frontier = make_frontier(std::move(all));
  example.baselines.push_back(make_baseline(example.cost, "best single device", {slice(0, kOperators, 2, 1)}));
  example.baselines.push_back(
      make_baseline(example.cost, "even split", {slice(0, 7, 0, 2), slice(7, 14, 2, 1), slice(14, kOperators, 3, 3)}));
  return example;
}

}  // namespace cleave
