/// Virtual time, as a second opinion on the closed-form score: every transfer and every
/// computation of every batch is put on a clock. Queues are unbounded, so that a stage never waits
/// for those downstream, and the stages can be played one after the other.
#include "runtime/shared_ways.hpp"
#include "runtime/simulate_interleaved.hpp"
#include "runtime/simulate_shared.hpp"
#include "runtime/stage_times.hpp"
#include "runtime/statistics.hpp"

#include <cleave/runtime.hpp>

#include <algorithm>
#include <numeric>

namespace cleave {
namespace {

struct Interval {
  double start_s = 0;
  double end_s = 0;
};

/// One batch in one stage.
struct Passage {
  Interval receive;
  Interval compute;
  Interval send;
};

/// Occupies a resource that is free from `free_s` on, for `duration_s`, once `ready_s` has come.
Interval occupy(double& free_s, double ready_s, double duration_s) {
  const double start_s = std::max(free_s, ready_s);
  free_s = start_s + duration_s;
  return {start_s, free_s};
}

/// One batch holds the whole device from its first byte in to its last byte out.
std::vector<Passage> serve_serially(const StageTimes& times, const std::vector<double>& ready_s) {
  std::vector<Passage> passages;
  double free_s = 0;
  for (const double ready : ready_s) {
    const Interval receive = occupy(free_s, ready, times.receive_s);
    const Interval compute = occupy(free_s, receive.end_s, times.compute_s);
    const Interval send = occupy(free_s, compute.end_s, times.send_s);
    passages.push_back({receive, compute, send});
  }
  return passages;
}

/// Receiving, computing and sending each have their own resource.
std::vector<Passage> serve_full_duplex(const StageTimes& times, const std::vector<double>& ready_s) {
  std::vector<Passage> passages;
  double in_free_s = 0, unit_free_s = 0, out_free_s = 0;
  for (const double ready : ready_s) {
    const Interval receive = occupy(in_free_s, ready, times.receive_s);
    const Interval compute = occupy(unit_free_s, receive.end_s, times.compute_s);
    const Interval send = occupy(out_free_s, compute.end_s, times.send_s);
    passages.push_back({receive, compute, send});
  }
  return passages;
}

/// Computing beside a port that does one thing at a time. The port takes what can start first; of
/// two that can start now it receives, unless two batches are on the device already (double
/// buffering). Serving by age alone can send twice in a row and leave the compute unit without
/// work. This order settles at max(compute, receive + send): when inputs wait, the port does
/// R0 R1 S0 R2 S1 R3 ..., whose longest circuits are the port, the unit, and the whole passage
/// shared by two batches, (receive + compute + send) / 2, which is no more than the larger of both.
std::vector<Passage> serve_half_duplex(const StageTimes& times, const std::vector<double>& ready_s) {
  constexpr std::size_t kBuffers = 2;
  std::vector<Passage> passages(ready_s.size());
  double port_free_s = 0, unit_free_s = 0;
  std::size_t received = 0, sent = 0;
  while (sent < ready_s.size()) {
    const bool may_receive = received < ready_s.size() && received < sent + kBuffers;
    const bool may_send = sent < received;
    const double receive_at_s = may_receive ? std::max(port_free_s, ready_s[received]) : kCannot;
    const double send_at_s = may_send ? std::max(port_free_s, passages[sent].compute.end_s) : kCannot;
    if (may_receive && (!may_send || receive_at_s <= send_at_s)) {
      Passage& batch = passages[received];
      batch.receive = occupy(port_free_s, ready_s[received], times.receive_s);
      batch.compute = occupy(unit_free_s, batch.receive.end_s, times.compute_s);
      ++received;
    } else {
      passages[sent].send = occupy(port_free_s, passages[sent].compute.end_s, times.send_s);
      ++sent;
    }
  }
  return passages;
}

/// Batches through one device, in order; `ready_s` says when each can be received.
std::vector<Passage> serve(const StageTimes& times, const std::vector<double>& ready_s) {
  if (!times.overlap) return serve_serially(times, ready_s);
  return times.full_duplex ? serve_full_duplex(times, ready_s) : serve_half_duplex(times, ready_s);
}

/// Batches through a stage: batch i goes to replica i % r.
std::vector<Passage> serve_in_turn(const StageTimes& times, const std::vector<double>& ready_s) {
  std::vector<Passage> passages(ready_s.size());
  for (std::size_t replica = 0; replica < times.replicas; ++replica) {
    std::vector<double> mine;
    for (std::size_t i = replica; i < ready_s.size(); i += times.replicas) mine.push_back(ready_s[i]);
    const std::vector<Passage> served = serve(times, mine);
    for (std::size_t k = 0; k < served.size(); ++k) passages[replica + k * times.replicas] = served[k];
  }
  return passages;
}

/// Per stage, the passages of `batches` batches that are all there at time 0.
std::vector<std::vector<Passage>> play(const std::vector<StageTimes>& stages, std::size_t batches) {
  std::vector<std::vector<Passage>> played;
  for (const StageTimes& stage : stages) {
    std::vector<double> ready_s(batches, 0.0);
    for (const std::size_t producer : stage.producers)
      for (std::size_t i = 0; i < batches; ++i) ready_s[i] = std::max(ready_s[i], played[producer][i].send.end_s);
    played.push_back(serve_in_turn(stage, ready_s));
  }
  return played;
}

/// Time between results of a stage whose inputs wait for it: over whole turns of its replicas, the
/// first and the last ones left out, in which devices fill and drain.
double pace_s(const StageTimes& stage) {
  constexpr std::size_t kTurns = 8;
  const std::size_t batches = kTurns * stage.replicas;
  const std::vector<Passage> passages = serve_in_turn(stage, std::vector<double>(3 * batches, 0.0));
  const double elapsed_s = passages[2 * batches].send.end_s - passages[batches].send.end_s;
  return elapsed_s / static_cast<double>(batches);
}

/// A pipeline settles at the pace of its slowest stage, before which inputs pile up. Timing that
/// stage is exact, timing the results is not: with a short branch as the slowest one, results
/// follow the longer branch until the queue has made up for its latency, thousands of batches
/// later when the two are nearly equally fast.
double period_s(const std::vector<StageTimes>& stages) {
  double slowest_s = 0;
  for (const StageTimes& stage : stages) slowest_s = std::max(slowest_s, pace_s(stage));
  return slowest_s;
}

double latency_s(const std::vector<StageTimes>& stages) {
  double last_s = 0;
  for (const std::vector<Passage>& stage : play(stages, 1)) last_s = std::max(last_s, stage[0].send.end_s);
  return last_s;
}

std::vector<TraceEvent> events(const std::vector<StageTimes>& stages, std::size_t batches) {
  std::vector<TraceEvent> list;
  const auto played = play(stages, batches);
  for (std::size_t i = 0; i < batches; ++i) {
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const int replica = static_cast<int>(i % stages[s].replicas);
      const auto add = [&](const char* what, const Interval& time) {
        if (time.end_s > time.start_s) list.push_back({s, replica, what, i, time.start_s, time.end_s});
      };
      add("receive", played[s][i].receive);
      add("compute", played[s][i].compute);
      add("send", played[s][i].send);
    }
  }
  return list;
}

/// The busiest shared link has a pace of its own: tensors of the batches that follow wait for it.
double shared_period_s(const CostTable& cost, const Plan& plan) {
  if (!cost.links || cost.links->shared.empty()) return 0;
  const std::vector<double> loads_s = shared_loads_s(cost, stage_ways(cost, plan));
  return *std::max_element(loads_s.begin(), loads_s.end());
}

/// When each batch has left, and those before it.
std::vector<double> results_s(const std::vector<TraceEvent>& events, std::size_t batches) {
  std::vector<double> done_s(batches, 0);
  for (const TraceEvent& event : events) done_s[event.batch] = std::max(done_s[event.batch], event.end_s);
  std::partial_sum(done_s.begin(), done_s.end(), done_s.begin(), [](double a, double b) { return std::max(a, b); });
  return done_s;
}

/// How long transfers of one batch waited at shared links: they took more than they move.
double wait_s(const CostTable& cost, const Plan& plan, const std::vector<TraceEvent>& events, std::size_t batches) {
  double moving_s = 0, took_s = 0;
  for (const StageWays& stage : stage_ways(cost, plan))
    for (const auto* legs : {&stage.receive, &stage.send})
      for (const Leg& leg : *legs) moving_s += leg.seconds;
  for (const TraceEvent& event : events)
    if (event.what != "compute") took_s += event.end_s - event.start_s;
  return batches == 0 ? 0 : std::max(0.0, took_s / static_cast<double>(batches) - moving_s);
}

double last_end_s(const std::vector<TraceEvent>& events) {
  double last_s = 0;
  for (const TraceEvent& event : events) last_s = std::max(last_s, event.end_s);
  return last_s;
}

/// On shared links the clock tells more than the busiest part: transfers wait for each other there.
Trace simulate_shared(const CostTable& cost, const Plan& plan, std::size_t batches, double pace_s) {
  Trace trace{.period_s = pace_s,
              .latency_s = last_end_s(shared_events(cost, plan, 1)),
              .events = shared_events(cost, plan, batches)};
  trace.shared_wait_s = wait_s(cost, plan, trace.events, batches);
  // Without waiting the pace is exact (see period_s), and the results are not.
  if (trace.shared_wait_s > 1e-9 * pace_s)
    trace.period_s = std::max(pace_s, steady_period_s(results_s(trace.events, batches), plan).value_or(0));
  return trace;
}

}  // namespace

Trace simulate(const CostTable& cost, const Plan& plan, std::size_t batches) {
  const std::vector<StageTimes> stages = stage_times(cost, plan);
  const double pace_s = std::max(period_s(stages), shared_period_s(cost, plan));
  if (interleaved(cost, plan))
    return {.period_s = std::max(pace_s, interleaved_period_s(cost, plan)),
            .latency_s = interleaved_makespan_s(cost, plan),
            .events = interleaved_events(cost, plan, batches)};
  if (cost.links && !cost.links->shared.empty()) return simulate_shared(cost, plan, batches, pace_s);
  return {.period_s = pace_s, .latency_s = latency_s(stages), .events = events(stages, batches)};
}

}  // namespace cleave
