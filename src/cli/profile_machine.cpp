// Measures this machine and writes its profile.
#include "base/files.hpp"
#include "base/text.hpp"
#include "cli/calibration_text.hpp"
#include "cli/execution.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/text_table.hpp"
#include "costmodel/operator_cost.hpp"
#include "devices/write_profile.hpp"
#include "runtime/energy/energy_meter.hpp"
#include "runtime/measure/energy.hpp"
#include "runtime/measure/machine.hpp"
#include "runtime/measure/measure.hpp"
#include "runtime/measure/measured_device.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace cleave::cli {
namespace {

/// A part of a network as it would be a stage.
struct StageTimes {
  std::string model;
  std::size_t stage = 0;
  double predicted_s = 0, measured_s = 0;

  [[nodiscard]] double error() const { return predicted_s / measured_s - 1; }
};

int this_year() {
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
  return static_cast<int>(today.year());
}

/// The network with weights to compute with.
Network runnable(const std::string& model, std::int64_t batch = 1) {
  const Network network = read_network(model, {.batch = batch});
  if (!network.graph) throw UsageError(fmt::format("{} cannot be run: it has no graph", model));
  return with_seeded_weights(network, 1);
}

/// Eight parts of consecutive operators, about equal in predicted time.
std::vector<StageTimes> parts_of(const std::string& model, const Network& network, const CostModel& cost,
                                 const IndexVector<OpId, double>& seconds) {
  constexpr std::size_t parts = 8;
  IndexVector<OpId, double> predicted;
  double total = 0;
  for (const OpId op : network.operators.ids())
    predicted.push_back(cost(work_of(network, op, Precision::fp32)).seconds);
  for (const double one : predicted) total += one;
  std::vector<StageTimes> stages;
  double before = 0;
  for (const OpId op : network.operators.ids()) {
    const auto part = std::min(parts - 1, static_cast<std::size_t>(static_cast<double>(parts) * before / total));
    if (stages.empty() || stages.back().stage != part) stages.push_back({.model = model, .stage = part});
    stages.back().predicted_s += predicted[op];
    stages.back().measured_s += seconds[op];
    before += predicted[op];
  }
  return stages;
}

/// `networks` are those that `models` name.
std::vector<StageTimes> check(const MeasuredDevice& device, const std::vector<std::string>& models,
                              const std::vector<Network>& networks, const Profile& profile) {
  const std::vector<IndexVector<OpId, double>> seconds = least_seconds(device, networks);
  std::vector<StageTimes> stages;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const CostModel cost = make_cost_model(profile, Precision::fp32, networks[i]);
    for (const StageTimes& one : parts_of(models[i], networks[i], cost, seconds[i])) stages.push_back(one);
  }
  return stages;
}

Agreement agreement_of(const std::vector<StageTimes>& stages) {
  std::vector<double> predicted, measured;
  for (const StageTimes& stage : stages) {
    predicted.push_back(stage.predicted_s);
    measured.push_back(stage.measured_s);
  }
  return agreement(predicted, measured);
}

std::string check_text(const std::vector<StageTimes>& stages) {
  TextTable table({"model", "stage", "predicted", "measured", "error"}, {0});
  for (const StageTimes& one : stages)
    table.add({one.model, fmt::to_string(one.stage), si(one.predicted_s, "s"), si(one.measured_s, "s"),
               fmt::format("{:+.1f} %", 100 * one.error())});
  const Agreement errors = agreement_of(stages);
  return fmt::format("\n{}\nstage times: median error {:.1f} %, 90 % within {:.1f} %\n", table.text(),
                     100 * errors.median, 100 * errors.p90);
}

MeasuredDevice measured_device(const Session& session, bool on_core, int year) {
  const EnergySources found = find_energy_sources();
  for (const std::string& file : found.unreadable)
    session.say(fmt::format("{} cannot be read; often root alone may", file));
  return on_core ? this_core(found.readable, year) : opencl_device(found.readable, year);
}

/// What its counters say; says so where there are none to read.
std::optional<EnergyCoefficients> energy_of(const Session& session, const MeasuredDevice& device, int year) {
  const auto energy = device.energy.empty()
                          ? std::nullopt
                          : measure_energy(device.energy, device.products_load(), device.copies_load(), {.year = year});
  session.say(energy ? fmt::format("energies are measured: {}", energy->idle_w.source)
                     : fmt::format("energies are estimated: no counter of {} can be read", device.title));
  return energy;
}

/// The way between a device and its host, as a cluster file has it.
void say_link(const Session& session, const opencl::HostLink& link) {
  session.say(fmt::format("link to the host: {} there, {} back, {} for the smallest message",
                          si(link.to_device_bytes_per_s, "B/s"), si(link.from_device_bytes_per_s, "B/s"),
                          si(link.latency_s, "s")));
}

std::string result_json(const Calibration& calibration, const CalibrateOptions& how, const std::string& output,
                        bool energy_measured, const opencl::HostLink* link, const std::vector<StageTimes>& stages) {
  JsonWriter json;
  json.begin_object().field("profile", output).field("energy_origin", energy_measured ? "measured" : "estimated");
  write_errors(json.key("errors"), calibration, how);
  if (link)
    json.key("host_link")
        .begin_object()
        .field("to_device_bytes_per_s", link->to_device_bytes_per_s)
        .field("from_device_bytes_per_s", link->from_device_bytes_per_s)
        .field("latency_s", link->latency_s)
        .end_object();
  json.key("check").begin_array();
  for (const StageTimes& one : stages)
    json.begin_object()
        .field("model", one.model)
        .field("stage", one.stage)
        .field("predicted_s", one.predicted_s)
        .field("measured_s", one.measured_s)
        .end_object();
  json.end_array().end_object();
  return json.text();
}

}  // namespace

int profile(const Session& session, const ProfileRequest& options) {
  KeptInputs inputs(session);
  inputs.add(options.check);
  std::vector<Network> networks;
  for (const std::string& model : options.models)
    for (const std::int64_t batch : options.batches) networks.push_back(runnable(model, batch));
  for (const Network& network : networks) inputs.add(network);
  std::vector<Network> checked;  // read before anything is measured: a wrong name costs no minutes
  for (const std::string& model : options.check) checked.push_back(runnable(model));
  for (const Network& network : checked) inputs.add(network);
  inputs.add(options.models).keep_from(options.output);
  const int year = this_year();
  const bool on_core = options.engine == "fp32";
  const MeasuredDevice device = measured_device(session, on_core, year);
  session.say(fmt::format("measuring {}; other work on this machine disturbs it", device.title));
  const MemoryMeasured memory{device.copy_bytes_per_s(), device.cache_bytes()};
  const double cache_bytes = memory.cache_bytes.value_or(0);
  MeasureOptions measure{.time_budget_s = options.time_budget_s, .cache_bytes = cache_bytes, .stop = session.stop};
  measure.on_progress = [&](double fraction) { session.progress("measuring operators", fraction); };
  std::vector<Measurement> measurements = measure_operators(device, measure);
  session.end_progress();
  const std::vector<Measurement> of_networks = measure_networks(device, networks, cache_bytes, session.stop);
  measurements.insert(measurements.end(), of_networks.begin(), of_networks.end());
  if (session.stop.stop_requested()) {
    session.say("interrupted; nothing was written");
    return static_cast<int>(ExitCode::interrupted);
  }
  const CalibrateOptions how{
      .measurements = fmt::format("operators of sample networks{}{}, run on this machine",
                                  options.models.empty() ? "" : " and of ", fmt::join(options.models, ", ")),
      .year = year,
      .seed = session.seed};
  const std::optional<EnergyCoefficients> energy = energy_of(session, device, year);
  const std::string name = !options.name.empty() ? options.name : on_core ? "this_cpu" : "this_gpu";
  const Calibration calibration =
      calibrate(machine_profile(device, name, measurements, memory, energy, year), measurements, how);
  const opencl::HostLink found = device.host_link ? device.host_link() : opencl::HostLink();
  const opencl::HostLink* link = device.host_link ? &found : nullptr;
  if (link) say_link(session, *link);
  write_file(options.output,
             profile_json(calibration.profile, [&](JsonWriter& json) { write_errors(json, calibration, how); }));
  session.say(fmt::format("wrote {}", options.output));
  const std::vector<StageTimes> stages = check(device, options.check, checked, calibration.profile);
  if (session.json)
    print_data(result_json(calibration, how, options.output, energy.has_value(), link, stages));
  else
    print(calibration_text(calibration) + (stages.empty() ? "" : check_text(stages)));
  return 0;
}

}  // namespace cleave::cli
