#include <cleave/runtime.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace cleave {
namespace {

struct Case {
  CostTable cost;
  Plan plan;
};

/// A stage of one operator in a chain: what a device needs for it.
struct Link {
  double receive_s = 0;
  double compute_s = 0;
  double send_s = 0;
  int replicas = 1;
  bool overlap = true;
  bool full_duplex = true;
};

TensorId add_tensor(CostTable& cost, TensorUse use) {
  const TensorId tensor = cost.tensors.push_back(use);
  if (use.producer.valid()) cost.outputs[use.producer].push_back(tensor);
  for (const OpId op : use.consumers) cost.inputs[op].push_back(tensor);
  return tensor;
}

/// One class, mode and operator per stage; tensor i enters stage i, the last one leaves.
Case chain(const std::vector<Link>& links) {
  const std::size_t n = links.size();
  Case c;
  CostTable& cost = c.cost;
  cost.inputs = IndexVector<OpId, std::vector<TensorId>>(n);
  cost.outputs = cost.inputs;
  cost.compute_s = Table<OpId, ModeId, double>(n, n);
  cost.weight_bytes = cost.compute_s;
  cost.transfer_s = Table<TensorId, ModeId, double>(n + 1, n);
  for (std::size_t i = 0; i <= n; ++i)
    add_tensor(cost, {.producer = i > 0 ? OpId(i - 1) : OpId(),
                      .consumers = i < n ? std::vector{OpId(i)} : std::vector<OpId>{},
                      .leaves = i == n});
  for (std::size_t i = 0; i < n; ++i) {
    const Link& link = links[i];
    cost.classes.push_back({.count = link.replicas, .full_duplex = link.full_duplex, .overlap = link.overlap});
    cost.modes.push_back({.device_class = ClassId(i)});
    cost.compute_s(OpId(i), ModeId(i)) = link.compute_s;
    cost.transfer_s(TensorId(i), ModeId(i)) = link.receive_s;
    cost.transfer_s(TensorId(i + 1), ModeId(i)) = link.send_s;
    c.plan.stages.push_back({.mode = ModeId(i), .replicas = link.replicas, .operators = {OpId(i)}});
  }
  return c;
}

TEST(Simulate, OverlappingPortLetsTheSlowestPartSetThePeriod) {
  const Case c = chain({{.receive_s = 2, .compute_s = 5, .send_s = 4}});
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 5);
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).latency_s, 11);
}

TEST(Simulate, SerialDeviceTakesTheSum) {
  const Case c = chain({{.receive_s = 2, .compute_s = 5, .send_s = 4, .replicas = 2, .overlap = false}});
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 5.5);
}

TEST(Simulate, HalfDuplexPortReachesReceivePlusSend) {
  // By age alone the port would send twice in a row here and need 4.5 s a batch.
  const Case c = chain({{.receive_s = 1, .compute_s = 2, .send_s = 3, .full_duplex = false}});
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 4);
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).latency_s, 6);
}

TEST(Simulate, EventsAreTheTimelineOfTheBatches) {
  const Case c = chain({{.compute_s = 2, .send_s = 1}, {.receive_s = 1, .compute_s = 3, .replicas = 2}});
  std::vector<std::string> lines;
  for (const TraceEvent& e : simulate(c.cost, c.plan, 2).events)
    lines.push_back(std::to_string(e.batch) + " " + std::to_string(e.stage) + "." + std::to_string(e.replica) + " " +
                    e.what + " " + std::to_string(int(e.start_s)) + "-" + std::to_string(int(e.end_s)));
  EXPECT_THAT(lines,
              testing::ElementsAre("0 0.0 compute 0-2", "0 0.0 send 2-3", "0 1.0 receive 3-4", "0 1.0 compute 4-7",
                                   "1 0.0 compute 2-4", "1 0.0 send 4-5", "1 1.1 receive 5-6", "1 1.1 compute 6-9"));
}

TEST(Simulate, TensorForSeveralStagesIsSentOnceAndReceivedByEach) {
  Case c = chain({{.compute_s = 1, .send_s = 2}, {.receive_s = 2, .compute_s = 1}, {.compute_s = 1}});
  c.cost.tensors[TensorId(1)].consumers.push_back(OpId(2));  // also read by the last stage
  c.cost.inputs[OpId(2)].push_back(TensorId(1));
  c.cost.transfer_s(TensorId(1), ModeId(2)) = 7;
  // 0: 1 + 2; 1: until 6; 2 waits for stage 1 too: 7 + 1.
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).latency_s, 14);
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 7);
}

TEST(Simulate, WeightsBeyondTheResidentOnesAreReloadedEachBatch) {
  Case c = chain({{.compute_s = 1}});
  ModeCost& mode = c.cost.modes[ModeId(0)];
  mode.stage_launch_s = 0.5;
  mode.resident_bytes = 100;
  mode.reload_s_per_byte = 0.01;
  c.cost.weight_bytes(OpId(0), ModeId(0)) = 300;
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 3.5);
  c.cost.weight_bytes(OpId(0), ModeId(0)) = 100;
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 1.5);
}

TEST(Simulate, ShortBranchThatIsBarelyTheSlowestSetsThePeriod) {
  // The joined results follow the long branch for ten thousand batches.
  Case c = chain({{.compute_s = 1.0001}, {.compute_s = 1}, {.compute_s = 1}, {.compute_s = 0.5}});
  c.cost.tensors[TensorId(1)].consumers = {OpId(3)};  // 0 -> 3 beside 1 -> 2 -> 3
  c.cost.inputs[OpId(1)] = {};
  c.cost.inputs[OpId(3)].push_back(TensorId(1));
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).period_s, 1.0001);
  EXPECT_DOUBLE_EQ(simulate(c.cost, c.plan, 0).latency_s, 2.5);
}

// Random networks and plans.

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool coin() { return below(2) == 1; }
  /// Now and then zero; often a multiple of a quarter, so that ties happen.
  double seconds() {
    const auto kind = below(6);
    if (kind == 0) return 0;
    return kind < 3 ? 0.25 * static_cast<double>(1 + below(12))
                    : std::uniform_real_distribution<double>(0.1, 4)(engine_);
  }

 private:
  std::mt19937 engine_;
};

template <class Row>
Table<Row, ModeId, double> random_table(Dice& dice, std::size_t rows, std::size_t modes) {
  Table<Row, ModeId, double> table(rows, modes);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t m = 0; m < modes; ++m) table(Row(r), ModeId(m)) = dice.seconds();
  return table;
}

/// Operators of a random DAG; every tensor is read later on, or leaves.
void add_random_tensors(Dice& dice, CostTable& cost, std::size_t operators) {
  add_tensor(cost, {.consumers = {OpId(0)}});
  for (std::size_t i = 0; i < operators; ++i) {
    std::set<OpId> readers;
    for (std::size_t k = 0; k < 1 + dice.below(3); ++k)
      if (i + 1 < operators) readers.insert(OpId(i + 1 + dice.below(std::min<std::size_t>(4, operators - i - 1))));
    add_tensor(cost, {.producer = OpId(i),
                      .consumers = {readers.begin(), readers.end()},
                      .leaves = readers.empty() || dice.below(5) == 0});
  }
}

Case random_case(unsigned seed) {
  Dice dice(seed);
  const std::size_t operators = 1 + dice.below(14);
  const std::size_t modes = 1 + dice.below(4);
  Case c;
  CostTable& cost = c.cost;
  cost.inputs = IndexVector<OpId, std::vector<TensorId>>(operators);
  cost.outputs = cost.inputs;
  add_random_tensors(dice, cost, operators);
  for (std::size_t m = 0; m < modes; ++m) {
    cost.classes.push_back({.count = 99, .full_duplex = dice.coin(), .overlap = dice.below(4) > 0});
    cost.modes.push_back({.device_class = ClassId(m),
                          .stage_launch_s = dice.seconds() / 8,
                          .resident_bytes = 2 * dice.seconds(),
                          .reload_s_per_byte = 0.25});
  }
  cost.compute_s = random_table<OpId>(dice, operators, modes);
  cost.weight_bytes = random_table<OpId>(dice, operators, modes);
  cost.transfer_s = random_table<TensorId>(dice, cost.tensors.size(), modes);
  cost.compute_j = cost.live_bytes = Table<OpId, ModeId, double>(operators, modes);
  cost.transfer_j = cost.transfer_bytes = Table<TensorId, ModeId, double>(cost.tensors.size(), modes);
  for (std::size_t first = 0; first < operators;) {
    const std::size_t past = std::min(operators, first + 1 + dice.below(4));
    Stage stage{.mode = ModeId(dice.below(modes)), .replicas = 1 + static_cast<int>(dice.below(3)), .operators = {}};
    for (; first < past; ++first) stage.operators.emplace_back(first);
    c.plan.stages.push_back(stage);
  }
  return c;
}

/// The closed form, from the operators' point of view.
struct Expected {
  std::vector<double> receive_s, compute_s, send_s, load_s, done_s;
  std::vector<std::set<std::size_t>> producers;
  double period_s = 0, latency_s = 0;
};

std::size_t stage_of(const Plan& plan, OpId op) {
  return static_cast<std::size_t>(
      std::find_if(plan.stages.begin(), plan.stages.end(),
                   [&](const Stage& s) { return std::ranges::count(s.operators, op) > 0; }) -
      plan.stages.begin());
}

void add_stage(const CostTable& cost, const Plan& plan, std::size_t s, Expected& e) {
  const Stage& stage = plan.stages[s];
  const ModeCost& mode = cost.modes[stage.mode];
  const ClassCost& device = cost.classes[mode.device_class];
  std::set<TensorId> in, out;
  double compute = mode.stage_launch_s, weights = 0, start = 0;
  e.producers.emplace_back();
  for (const OpId op : stage.operators) {
    compute += cost.compute_s(op, stage.mode);
    weights += cost.weight_bytes(op, stage.mode);
    for (const TensorId t : cost.inputs[op]) {
      const OpId producer = cost.tensors[t].producer;
      if (producer.valid() && stage_of(plan, producer) == s) continue;
      in.insert(t);
      if (!producer.valid()) continue;
      e.producers[s].insert(stage_of(plan, producer));
      start = std::max(start, e.done_s[stage_of(plan, producer)]);
    }
    for (const TensorId t : cost.outputs[op])
      if (cost.tensors[t].leaves ||
          std::ranges::any_of(cost.tensors[t].consumers, [&](OpId c) { return stage_of(plan, c) != s; }))
        out.insert(t);
  }
  compute += std::max(0.0, weights - mode.resident_bytes) * mode.reload_s_per_byte;
  double receive = 0, send = 0;
  for (const TensorId t : in) receive += cost.transfer_s(t, stage.mode);
  for (const TensorId t : out) send += cost.transfer_s(t, stage.mode);
  const double port = device.full_duplex ? std::max(receive, send) : receive + send;
  const double load = (device.overlap ? std::max(compute, port) : receive + compute + send) / stage.replicas;
  e.receive_s.push_back(receive);
  e.compute_s.push_back(compute);
  e.send_s.push_back(send);
  e.load_s.push_back(load);
  e.done_s.push_back(start + receive + compute + send);
  e.period_s = std::max(e.period_s, load);
  e.latency_s = std::max(e.latency_s, e.done_s.back());
}

Expected closed_form(const Case& c) {
  Expected e;
  for (std::size_t s = 0; s < c.plan.stages.size(); ++s) add_stage(c.cost, c.plan, s, e);
  return e;
}

TEST(Simulate, AgreesWithTheClosedFormOnRandomPlans) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const Case c = random_case(seed);
    const Expected e = closed_form(c);
    const Trace trace = simulate(c.cost, c.plan, 0);
    ASSERT_NEAR(trace.period_s, e.period_s, 1e-9 * e.period_s) << "seed " << seed;
    ASSERT_NEAR(trace.latency_s, e.latency_s, 1e-9 * e.latency_s) << "seed " << seed;
  }
}

TEST(Simulate, AgreesWithEvaluateOnRandomPlans) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const Case c = random_case(seed);
    const Score score = evaluate(c.cost, c.plan);
    const Trace trace = simulate(c.cost, c.plan, 0);
    ASSERT_NEAR(trace.period_s, score.period_s, 1e-9 * score.period_s) << "seed " << seed;
    ASSERT_NEAR(trace.latency_s, score.latency_s, 1e-9 * score.latency_s) << "seed " << seed;
  }
}

/// The events by stage and batch.
struct Log {
  std::map<std::pair<std::size_t, std::size_t>, std::map<std::string, TraceEvent>> by_stage_and_batch;
  bool has(std::size_t s, std::size_t i, const std::string& what) const {
    const auto found = by_stage_and_batch.find({s, i});
    return found != by_stage_and_batch.end() && found->second.contains(what);
  }
};

Log log_of(const Trace& trace) {
  Log log;
  for (const TraceEvent& e : trace.events) log.by_stage_and_batch[{e.stage, e.batch}][e.what] = e;
  return log;
}

/// Which of a device's resources an event occupies: two events on one of them must not overlap.
std::string resource(const ClassCost& device, const std::string& what) {
  if (!device.overlap) return "device";
  return what == "compute" || device.full_duplex ? what : "port";
}

void expect_no_double_booking(const Case& c, const Trace& trace) {
  std::map<std::tuple<std::size_t, int, std::string>, std::vector<std::pair<double, double>>> booked;
  for (const TraceEvent& e : trace.events) {
    const ClassCost& device = c.cost.classes[c.cost.modes[c.plan.stages[e.stage].mode].device_class];
    booked[{e.stage, e.replica, resource(device, e.what)}].emplace_back(e.start_s, e.end_s);
  }
  for (auto& [where, times] : booked) {
    std::ranges::sort(times);
    for (std::size_t k = 1; k < times.size(); ++k) ASSERT_GE(times[k].first, times[k - 1].second - 1e-9);
  }
}

void expect_causal(const Case& c, const Expected& e, const Trace& trace) {
  const Log log = log_of(trace);
  std::map<std::pair<std::size_t, std::size_t>, double> done;  // by stage, batch
  for (const TraceEvent& event : trace.events) {
    const std::size_t s = event.stage;
    ASSERT_EQ(event.replica, static_cast<int>(event.batch) % c.plan.stages[s].replicas);
    double earliest = 0;
    for (const std::size_t p : e.producers[s]) earliest = std::max(earliest, done[{p, event.batch}]);
    auto& end = done[{s, event.batch}];
    ASSERT_GE(event.start_s, std::max(earliest, end) - 1e-9);  // receive, compute, send come in this order
    end = event.end_s;
    const double length = event.what == "receive"   ? e.receive_s[s]
                          : event.what == "compute" ? e.compute_s[s]
                                                    : e.send_s[s];
    ASSERT_NEAR(event.end_s - event.start_s, length, 1e-9 * std::max(1.0, event.end_s));
  }
  for (const TraceEvent& event : trace.events) {
    ASSERT_EQ(log.has(event.stage, event.batch, "receive"), e.receive_s[event.stage] > 0);
    ASSERT_EQ(log.has(event.stage, event.batch, "compute"), e.compute_s[event.stage] > 0);
    ASSERT_EQ(log.has(event.stage, event.batch, "send"), e.send_s[event.stage] > 0);
  }
}

TEST(Simulate, EventsOfRandomPlansAreCausalAndBookNothingTwice) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Case c = random_case(seed);
    const Trace trace = simulate(c.cost, c.plan, 12);
    SCOPED_TRACE(seed);
    expect_no_double_booking(c, trace);
    expect_causal(c, closed_form(c), trace);
    if (HasFatalFailure()) return;
  }
}

TEST(Simulate, LongRunsOfTheWholePipelineKeepThePeriod) {
  constexpr std::size_t kBatches = 600;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Case c = random_case(seed);
    const Expected e = closed_form(c);
    double end = 0, fill = e.latency_s;
    for (const TraceEvent& event : simulate(c.cost, c.plan, kBatches).events) end = std::max(end, event.end_s);
    for (std::size_t s = 0; s < c.plan.stages.size(); ++s) fill += 3 * c.plan.stages[s].replicas * e.period_s;
    ASSERT_GE(end, (kBatches - 3) * e.period_s - 1e-6) << "seed " << seed;
    ASSERT_LE(end, kBatches * e.period_s + fill + 1e-6) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cleave
