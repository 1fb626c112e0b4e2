// cleave run: executes a plan, pipelined, and prints what was predicted beside what was measured.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/legal_plan.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace cleave::cli {
namespace {

struct Options {
  std::string plan;
  std::size_t batches = 50;
  bool verify = false;
  bool random_weights = false;
};

/// Distinct input batches that take turns.
constexpr std::size_t kDistinct = 4;

using Batch = std::vector<Tensor>;

/// What every backend is here: the CPU's kernels, whatever device the plan names. So every device
/// is emulated; a profile of a CPU is not this CPU.
std::unique_ptr<Backend> backend_for(ModeId) { return make_cpu_backend(); }

/// The network as a single stage.
Plan unsplit(const Network& network) {
  std::vector<OpId> all;
  for (const OpId op : network.operators.ids()) all.push_back(op);
  return {{{ModeId(0), 1, all}}};
}

std::vector<Batch> unsplit_outputs(const Network& network, const std::vector<Batch>& inputs) {
  Executor whole(network, unsplit(network), backend_for, {.batches = inputs.size(), .warmup = 0});
  std::vector<Batch> outputs(inputs.size());
  whole.run(inputs, [&](std::size_t index, std::span<const Tensor> result) {
    outputs[index].assign(result.begin(), result.end());
  });
  return outputs;
}

/// Compares every result with what the unsplit network computes, bit for bit.
class Verifier {
 public:
  Verifier(const Network& network, const std::vector<Batch>& inputs) : expected_(unsplit_outputs(network, inputs)) {}
  void operator()(std::size_t index, std::span<const Tensor> result) {
    const Batch& expected = expected_[index % expected_.size()];
    ++compared_;
    if (!std::equal(result.begin(), result.end(), expected.begin(), expected.end())) ++different_;
  }
  [[nodiscard]] std::size_t compared() const { return compared_; }
  [[nodiscard]] std::size_t different() const { return different_; }

 private:
  std::vector<Batch> expected_;
  std::size_t compared_ = 0;
  std::size_t different_ = 0;
};

struct Outcome {
  RunReport measured;
  std::size_t done = 0;
  std::size_t compared = 0;
  std::size_t different = 0;
};

Outcome execute(const Session& session, const PlanFile& file, const Options& options) {
  if (!file.setting.network.graph)
    throw UsageError(fmt::format("{} has costs but no operators to compute; run a plan of an ONNX or zoo network",
                                 file.setting.model));
  const Network network =
      options.random_weights ? with_seeded_weights(file.setting.network, session.seed) : file.setting.network;
  std::vector<Batch> inputs;
  for (std::size_t i = 0; i < kDistinct; ++i) inputs.push_back(random_inputs(*network.graph, session.seed + i));
  std::unique_ptr<Verifier> verifier;
  if (options.verify) verifier = std::make_unique<Verifier>(network, inputs);
  session.detail("preparing the stages: packing weights, building kernels");
  RunOptions how{.batches = options.batches, .stop = session.stop};
  how.on_progress = [&](std::size_t done) {
    session.progress("run", static_cast<double>(done) / static_cast<double>(options.batches));
  };
  Executor executor(network, file.point.plan, backend_for, how);
  Outcome outcome;
  outcome.measured = executor.run(inputs, [&](std::size_t index, std::span<const Tensor> result) {
    ++outcome.done;
    if (verifier) (*verifier)(index, result);
  });
  session.end_progress();
  if (verifier) {
    outcome.compared = verifier->compared();
    outcome.different = verifier->different();
  }
  return outcome;
}

std::string worker_name(const Setting& setting, const Plan& plan, const WorkerReport& worker) {
  const Stage& stage = plan.stages[worker.stage];
  const std::string& device = setting.devices.classes[setting.cost.modes[stage.mode].device_class].name;
  return stage.replicas == 1 ? device : fmt::format("{} #{}", device, worker.replica);
}

/// What one batch takes of the device that serves it: replicas share the batches, not a batch.
double occupied_s(const FrontierPoint& point, std::size_t stage) {
  return point.score.stages[stage].load_s * point.plan.stages[stage].replicas;
}

void print_text(const PlanFile& file, const Options& options, const Outcome& outcome) {
  const Setting& setting = file.setting;
  const Score& score = file.point.score;
  TextTable figures({"", "predicted", "measured here"});
  figures.add({"period", si(score.period_s, "s"), si(outcome.measured.period_s, "s")});
  figures.add({"throughput", fmt::format("{:.4g}/s", score.throughput_per_s(setting.cost.batch)),
               fmt::format("{:.4g}/s", static_cast<double>(setting.cost.batch) / outcome.measured.period_s)});
  figures.add({"latency", si(score.latency_s, "s"), si(outcome.measured.latency_s, "s")});
  figures.add({"energy each", si(score.energy_j, "J"), "not measured"});
  print(fmt::format("{} on {}: {} batches of {} in {}\n\n{}\n", setting.model, setting.cluster, outcome.done,
                    setting.cost.batch, si(outcome.measured.wall_s, "s"), figures.text()));
  TextTable workers(
      {"stage", "device", "computed by", "predicted per batch", "busy per batch", "busy", "blocked", "idle"}, {1, 2});
  for (const WorkerReport& worker : outcome.measured.workers) {
    const double wall_s = worker.busy_s + worker.blocked_s + worker.idle_s;
    const auto share = [&](double seconds) { return fmt::format("{:.0f} %", 100 * seconds / wall_s); };
    workers.add({fmt::to_string(worker.stage), worker_name(setting, file.point.plan, worker), "cpu (emulated)",
                 si(occupied_s(file.point, worker.stage), "s"),
                 worker.batches ? si(worker.busy_s / static_cast<double>(worker.batches), "s") : "-",
                 share(worker.busy_s), share(worker.blocked_s), share(worker.idle_s)});
  }
  print(workers.text());
  if (options.verify)
    print(outcome.different
              ? fmt::format("\nverify: {} of {} results differ from the unsplit network\n", outcome.different,
                            outcome.compared)
              : fmt::format("\nverify: all {} results equal the unsplit network's, bit for bit, in fp32\n",
                            outcome.compared));
}

void print_json(const PlanFile& file, const Options& options, const Outcome& outcome) {
  const Setting& setting = file.setting;
  JsonWriter json;
  json.begin_object()
      .field("plan", options.plan)
      .field("model", setting.model)
      .field("cluster", setting.cluster)
      .field("batch", setting.cost.batch);
  json.field("batches", outcome.done).field("wall_s", outcome.measured.wall_s);
  json.field("predicted_period_s", file.point.score.period_s).field("period_s", outcome.measured.period_s);
  json.field("predicted_latency_s", file.point.score.latency_s).field("latency_s", outcome.measured.latency_s);
  json.key("energy_j").null();  // no counter is read yet: unknown, not zero
  json.key("workers").begin_array();
  for (const WorkerReport& worker : outcome.measured.workers) {
    const Stage& stage = file.point.plan.stages[worker.stage];
    json.begin_object().field("stage", worker.stage).field("replica", worker.replica);
    json.field("device", setting.devices.classes[setting.cost.modes[stage.mode].device_class].name)
        .field("emulated", true);
    json.field("predicted_load_s", file.point.score.stages[worker.stage].load_s).field("batches", worker.batches);
    json.field("busy_s", worker.busy_s)
        .field("blocked_s", worker.blocked_s)
        .field("idle_s", worker.idle_s)
        .end_object();
  }
  json.end_array();
  if (options.verify) json.field("verified", outcome.compared).field("different", outcome.different);
  json.end_object();
  print(json.text());
}

int run(const Session& session, const Options& options) {
  const PlanFile file = read_legal_plan(options.plan);
  const Outcome outcome = execute(session, file, options);
  session.json ? print_json(file, options, outcome) : print_text(file, options, outcome);
  if (outcome.different) return static_cast<int>(ExitCode::verification_failed);
  return static_cast<int>(outcome.done < options.batches ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      add_verb(app, session, "run",
               "Execute a plan: one worker per device, pipelined; devices this machine lacks are emulated on the CPU");
  verb->add_option("PLAN", options->plan, "A plan file")->required();
  verb->add_option("-n,--batches", options->batches, "Batches to run")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  verb->add_flag("--verify", options->verify, "Compare every result with the unsplit network's, bit for bit");
  verb->add_flag("--random-weights", options->random_weights,
                 "Draw weights from --seed where the file has only constants");
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
