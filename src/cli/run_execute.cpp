#include "cli/run_execute.hpp"

#include "cli/input_files.hpp"
#include "cli/run_faults.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <random>

namespace cleave::cli {
namespace {

/// Distinct input batches that take turns.
constexpr std::size_t kDistinct = 4;
/// How long the machine is watched while it does nothing, where it has energy counters.
constexpr std::chrono::milliseconds kIdleWindow{1000};

std::array<double, 3> by_colour(const std::vector<double>& given, double otherwise, const char* option) {
  if (given.empty()) return {otherwise, otherwise, otherwise};
  if (given.size() == 1) return {given[0], given[0], given[0]};
  if (given.size() != 3) throw UsageError(fmt::format("{} takes one number, or three: of red, green and blue", option));
  return {given[0], given[1], given[2]};
}

ImageScaling scaling_of(const RunRequest& options) {
  if (options.mean.empty() && options.deviation.empty()) return {};
  if (std::none_of(options.inputs.begin(), options.inputs.end(), is_picture))
    throw UsageError("--mean and --std are for pictures, and there is none among the inputs");
  const ImageScaling scaling{by_colour(options.mean, 0, "--mean"), by_colour(options.deviation, 1, "--std")};
  for (std::size_t colour = 0; colour < 3; ++colour)
    for (const double brightness : {0.0, 1.0})
      if (!std::isfinite(static_cast<float>((brightness - scaling.mean[colour]) / scaling.deviation[colour])))
        throw UsageError(fmt::format("--mean {:g} and --std {:g} make values that no float holds; give others",
                                     scaling.mean[colour], scaling.deviation[colour]));
  return scaling;
}

std::vector<Batch> random_batches(const Graph& graph, std::uint64_t seed) {
  std::vector<Batch> inputs;
  for (std::size_t i = 0; i < kDistinct; ++i) inputs.push_back(random_inputs(graph, seed + i));
  return inputs;
}

std::vector<Batch> inputs_of(const Network& network, const RunRequest& options, std::uint64_t seed) {
  const ImageScaling scaling = scaling_of(options);
  if (!options.inputs.empty()) return read_batches(*network.graph, options.inputs, scaling);
  return random_batches(*network.graph, seed);
}

/// Exponential times between batches, as of many users who do not know of each other.
std::vector<double> poisson_arrivals(const RunRequest& options, std::int64_t batch, std::uint64_t seed) {
  std::vector<double> arrivals_s;
  if (options.rate_per_s == 0) return arrivals_s;
  std::mt19937_64 random(seed);
  double now_s = 0;
  for (std::size_t i = 0; i < options.batches; ++i) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    now_s -= std::log1p(-uniform) * static_cast<double>(batch) / options.rate_per_s;
    arrivals_s.push_back(now_s);
  }
  return arrivals_s;
}

void say_substitutes(const Session& session, const PlanFile& file, const Engines& engines) {
  const CostTable& cost = file.setting.cost;
  for (std::size_t s = 0; s < file.point.plan.stages.size(); ++s)
    if (const ModeId mode = file.point.plan.stages[s].mode; engines.is_substitute(mode))
      session.say(fmt::format("stage {} is planned in {}, which no engine on this machine computes; it runs in fp32", s,
                              name_of(cost.modes[mode].precision)));
}

/// What happens to the results.
class Receiver {
 public:
  Receiver(const Network& network, const Engines& engines, const std::vector<Batch>& inputs, const RunRequest& options)
      : network_(network),
        engines_(engines),
        inputs_(inputs),
        keeps_(!options.output.empty() || options.top_k > 0),
        verify_(options.verify) {}
  /// Results that follow are those of `plan`.
  void expect(const Plan& plan, const std::stop_token& stop) {
    if (!verify_ || (verifier_ && same_results(plan))) return;
    keep_counts();
    verifier_.emplace(network_, plan, engines_, inputs_, stop);
    mode_ = plan.stages.front().mode;
  }
  void operator()(std::size_t index, std::span<const Tensor> result) {
    if (keeps_ && index < inputs_.size()) results_.emplace_back(result.begin(), result.end());
    if (verifier_) verifier_->take(index, result);
  }
  void report(RunOutcome& outcome) {
    outcome.results = std::move(results_);
    if (!verifier_) return;
    keep_counts();
    outcome.verification = verifier_->verification();
    outcome.verification->compared = compared_;
    outcome.verification->different = different_;
  }

 private:
  /// One engine computed everything, and computes everything now.
  [[nodiscard]] bool same_results(const Plan& plan) const {
    return verifier_->verification().with_unsplit &&
           std::all_of(plan.stages.begin(), plan.stages.end(),
                       [&](const Stage& stage) { return engines_.same(stage.mode, mode_); });
  }
  void keep_counts() {
    if (!verifier_) return;
    compared_ += verifier_->verification().compared;
    different_ += verifier_->verification().different;
  }

  const Network& network_;
  const Engines& engines_;
  const std::vector<Batch>& inputs_;
  bool keeps_, verify_;
  ModeId mode_ = {};
  std::vector<Batch> results_;
  std::optional<Verifier> verifier_;
  std::size_t compared_ = 0, different_ = 0;
};

/// The report of the last plan, with the wall time and the results of all.
RunReport whole(const RecoveredRun& run) {
  RunReport report = run.parts.back().report;
  report.wall_s += run.parts.back().start_s;
  report.results_s = run.results_s;
  return report;
}

/// A run with what it needs, plan after plan.
class PlanRun {
 public:
  PlanRun(const Session& session, const PlanFile& file, const RunRequest& options, const Network& network,
          const std::vector<Batch>& inputs)
      : session_(session),
        file_(file),
        options_(options),
        network_(network),
        inputs_(inputs),
        engines_(file.setting, options.engine, session.seed),
        faults_(parse_faults(options.faults, file.setting.devices)),
        survivors_(file),
        receiver_(network, engines_, inputs, options) {}

  RunOutcome run(RunOptions how) {
    RunOutcome outcome;
    EnergyWindow energy(find_energy_sources().readable, kIdleWindow);
    how.on_progress = [&](std::size_t done) {
      session_.progress("run", static_cast<double>(done) / static_cast<double>(options_.batches));
      if (done == 1) energy.open();
      if (done < options_.batches) return;
      energy.close();
      outcome.running = process_memory();
    };
    if (!options_.faults.empty())
      how.before_compute = [&](std::size_t stage, int replica, std::size_t batch) {
        faults_.strike(stage, replica, batch);
      };
    say_substitutes(session_, file_, engines_);
    fit(file_.point.plan, how, session_.stop);
    session_.detail("preparing the stages: packing weights, building kernels");
    outcome.before = process_memory();
    const RecoveredRun run = run_with_recovery(
        network_, file_.point.plan,
        [&](ModeId mode) { return options_.idle ? make_idle_backend() : engines_.make(mode); }, how, inputs_,
        std::ref(receiver_),
        [&](const Plan& plan, std::span<const Failure> failures) {
          return survivors_.replan(session_, plan, failures);
        },
        [&](const Plan& plan, RunOptions& changed) { fit(plan, changed, {}); });
    session_.end_progress();
    receiver_.report(outcome);
    outcome.measured = whole(run);
    outcome.parts = run.parts;
    outcome.points = survivors_.points();
    outcome.no_plan = survivors_.reason();
    outcome.done = run.results_s.size();
    outcome.faults_left = faults_.left();
    for (const std::string& fault : outcome.faults_left)
      session_.say(fmt::format("--inject-fault {} did not happen: so many batches did not reach that device", fault));
    if (options_.batches > 1) outcome.energy = energy.energy();
    for (const Stage& stage : run.parts.back().plan.stages) {
      outcome.engines.emplace_back(options_.idle ? "nothing" : engines_.name(stage.mode));
      outcome.on_cpu.push_back(options_.idle || engines_.on_cpu(stage.mode));
      outcome.remarks.push_back(options_.idle ? "" : engines_.remark(network_, stage));
    }
    return outcome;
  }

 private:
  /// What follows the plan: names of its devices, their pace, its engines and what they should compute. Throws where
  /// `stop` asks to end; once there are results they are handed over instead.
  void fit(const Plan& plan, RunOptions& how, const std::stop_token& stop) {
    faults_.watch(plan_devices(file_.setting, plan));
    if (options_.pace > 0) how.pace = predicted_pace(survivors_.setting().cost, plan, options_.pace);
    if (options_.idle) return;
    if (engines_.need_ranges(plan)) {
      session_.detail("calibrating: the network in fp32, to see what ranges its values have");
      // Other inputs than those of the run, where there are: else the run would flatter the ranges.
      engines_.calibrate(network_, plan,
                         options_.inputs.empty() ? random_batches(*network_.graph, session_.seed + kDistinct) : inputs_,
                         stop);
    }
    stop_if_asked(stop);
    if (options_.verify) session_.detail("verifying: computing what the results should be");
    receiver_.expect(plan, stop);
  }

  const Session& session_;
  const PlanFile& file_;
  const RunRequest& options_;
  const Network& network_;
  const std::vector<Batch>& inputs_;
  Engines engines_;
  FaultInjector faults_;
  Survivors survivors_;
  Receiver receiver_;
};

}  // namespace

RunOutcome execute(const Session& session, const PlanFile& file, const RunRequest& options) {
  if (!file.setting.network.graph)
    throw UsageError(fmt::format("{} has costs but no operators to compute; run a plan of an ONNX or zoo network",
                                 file.setting.model));
  const Network network =
      options.random_weights ? with_seeded_weights(file.setting.network, session.seed) : file.setting.network;
  const std::vector<Batch> inputs = inputs_of(network, options, session.seed);
  const auto arrivals_s = poisson_arrivals(options, file.setting.cost.batch, session.seed);
  RunOutcome outcome = PlanRun(session, file, options, network, inputs)
                           .run({.batches = options.batches,
                                 .arrivals_s = arrivals_s,
                                 .trace = !options.trace.empty(),
                                 .stop = session.stop});
  for (std::size_t i = 0; i < arrivals_s.size() && i < outcome.measured.results_s.size(); ++i)
    outcome.latencies_s.push_back(outcome.measured.results_s[i] - arrivals_s[i]);
  return outcome;
}

}  // namespace cleave::cli
