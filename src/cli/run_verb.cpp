// cleave run: executes a plan, pipelined; what it is asked for.
#include "cli/comma_list.hpp"
#include "cli/execution.hpp"
#include "cli/units.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>

namespace cleave::cli {
namespace {

CLI::Validator finite() {
  const auto complaint = [](const std::string& text) {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && std::isfinite(value);
    return good ? std::string() : fmt::format("takes a finite number, not \"{}\"", text);
  };
  return {complaint, ""};
}

/// As CLI::Range, which no number at all passes.
CLI::Validator within(double low, double high) {
  const auto complaint = [low, high](const std::string& text) {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value >= low && value <= high;
    return good ? std::string() : fmt::format("takes a number from {} to {}, not \"{}\"", low, high, text);
  };
  return {complaint, fmt::format("FLOAT in [{} - {}]", low, high)};
}

/// By what the user calls them.
std::map<std::string, EngineChoice> engine_choices() {
  return {{"plan", EngineChoice::plan},
          {"fp32", EngineChoice::fp32},
          {"opencl", EngineChoice::opencl},
          {"reference", EngineChoice::reference}};
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  auto options = std::make_shared<RunRequest>();
  CLI::App* verb =
      add_verb(app, session, "run",
               "Execute a plan: one worker per device, pipelined; devices this machine lacks are emulated on the CPU");
  verb->add_option("PLAN", options->plan, "A plan file")->required();
  verb->add_option("-n,--batches", options->batches, "Batches to run")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  verb->add_option("--rate", options->rate_per_s,
                   "Inferences per second that come at random (Poisson); without it all are there")
      ->check(above_zero());
  add_list(*verb, "--percentile", options->percentiles,
           "Latencies under --rate to be had, e.g. 50,99; exit code 5 where there are too few batches for one",
           within(1, 99.99));
  verb->add_option(
          "--input", options->inputs,
          "[NAME=]FILE with inputs: .npy, .npz, .pb (ONNX tensor), .png, .jpg, .ppm, .pgm; several batches along the "
          "first axis, several files one after the other; may be repeated")
      ->allow_extra_args(false);
  add_list(*verb, "--mean", options->mean, "Of pictures, whose colours are 0 to 1: subtracted, one for all or R,G,B",
           finite());
  add_list(*verb, "--std", options->deviation, "Of pictures: what is left is divided by it, one for all or R,G,B",
           above_zero());
  verb->add_option("--output", options->output,
                   "Write the results of the distinct inputs to this folder, as .npy files");
  verb->add_option("--top-k", options->top_k, "Print the K largest values of each sample's first output")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--pace", options->pace,
                   "Emulated devices take their predicted time, times SCALE (1 where it is left out)")
      ->type_name("[SCALE]")
      ->expected(0, 1)
      ->default_str("1")
      ->check(above_zero("; where PLAN follows write --pace=1"));
  verb->add_flag("--no-compute", options->idle, "With --pace: engines compute nothing, only time passes");
  verb->add_option("--inject-fault", options->faults,
                   "DEVICE@N or DEVICE#K@N: the device (the K-th of its class, from 0) is lost at its N-th batch")
      ->allow_extra_args(false);
  verb->add_option("--trace", options->trace, "Write the timeline to this file, for Perfetto");
  // CLI::CheckedTransformer would hand on, and --dump-config write, the numbers of the choices.
  verb->add_option_function<std::string>(
          "--engine", [options](const std::string& name) { options->engine = engine_choices().at(name); },
          "What computes: the engine of each stage's device and precision (plan), or one for all")
      ->transform(CLI::IsMember(engine_choices(), CLI::ignore_case))
      ->default_str("plan");
  verb->add_flag(
      "--verify", options->verify,
      "Compare every result with the unsplit network's, bit for bit, and stages of lower precision with fp32");
  verb->add_flag("--random-weights", options->random_weights,
                 "Draw weights from --seed where the file has only constants");
  verb->callback(
      [options, &session] { session.action = [options, &session] { return execution().run(session, *options); }; });
}

}  // namespace cleave::cli
