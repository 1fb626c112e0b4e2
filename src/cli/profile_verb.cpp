// cleave profile: measures this machine; what it is asked for.
#include "cli/comma_list.hpp"
#include "cli/execution.hpp"
#include "cli/units.hpp"

#include <memory>

namespace cleave::cli {

void add_profile(CLI::App& app, Session& session) {
  auto options = std::make_shared<ProfileRequest>();
  CLI::App* verb = add_verb(app, session, "profile",
                            "Measure one core of this machine, or its GPU, with the kernels that plans run on");
  verb->add_option("-o,--output", options->output, "The profile to write")->required();
  verb->add_option("--name", options->name, "What the profile calls the device; this_cpu or this_gpu if left out");
  verb->add_option("--engine", options->engine,
                   "fp32: one core; opencl: the device that OpenCL finds, and its way to the host")
      ->transform(CLI::IsMember({"fp32", "opencl"}, CLI::ignore_case))
      ->capture_default_str();
  verb->add_option(
          "--time-budget", options->time_budget_s,
          "Time to measure for, e.g. 30s, 2min; at least eight networks are measured, even if that takes longer")
      ->transform(time_units())
      ->check(above_zero())
      ->capture_default_str();
  verb->add_option("--for", options->models,
                   "Measure the operators of these networks too, so that plans of them are predicted best");
  add_list(*verb, "-b,--batch", options->batches, "Batches to measure them at, e.g. 1,4", CLI::Range(1, 1'000'000))
      ->default_str("1");
  verb->add_option("--check", options->check,
                   "Then run these networks and compare the times of their parts with the profile's predictions");
  verb->callback(
      [options, &session] { session.action = [options, &session] { return execution().profile(session, *options); }; });
}

}  // namespace cleave::cli
