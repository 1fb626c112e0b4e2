// cleave calibrate: fits a device's profile to measured times of operators.
#include "base/files.hpp"
#include "cli/calibration_text.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/session.hpp"
#include "costmodel/calibration/calibrate.hpp"
#include "devices/read_profile.hpp"
#include "devices/write_profile.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace cleave::cli {
namespace {

struct Options {
  std::string profile;
  std::string measurements;
  std::string output;
  int year = 0;
};

int run(const Session& session, const Options& options) {
  KeptInputs(session).add(options.profile).add(options.measurements).keep_from(options.output);
  const JsonView document = profile_document(options.profile);
  const Profile profile = parse_profile(document);
  require_roofline(profile);  // before its precisions are compared with those of measurements
  const std::vector<Measurement> measurements = read_measurements(options.measurements, profile.precisions);
  const CalibrateOptions how{.measurements = std::filesystem::path(options.measurements).filename().string(),
                             .year = options.year,
                             .seed = session.seed};
  const Calibration calibration = calibrate(profile, measurements, how);
  const std::vector<JsonView> stay = errors_that_stay(document, calibration);
  const auto notes = [&](JsonWriter& json) { write_errors(json, calibration, how, stay); };
  write_file(options.output, profile_json(calibration.profile, notes));
  session.say(fmt::format("wrote {}", options.output));
  if (session.json)
    print_data(calibration_json(calibration, how, options.output));
  else
    print(calibration_text(calibration));
  return 0;
}

}  // namespace

void add_calibrate(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, session, "calibrate", "Fit a CPU or GPU profile to measured times of operators");
  verb->add_option("PROFILE", options->profile, "The device: a profile file or a shipped name")->required();
  verb->add_option("MEASUREMENTS", options->measurements, "A .csv of measured operators")->required();
  verb->add_option("-o,--output", options->output, "The profile to write")->required();
  verb->add_option("--year", options->year, "When it was measured; written beside the numbers")
      ->check(CLI::Range(1900, 9999));
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
