#pragma once
/// What every verb shares: the common flags, and how the program speaks.

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace cleave::cli {

struct Session {
  int threads = 0;
  std::uint64_t seed = 1;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool progress_json = false;  ///< progress as JSON, a line each on stderr
  std::string config;          ///< the file of --config; empty: none
  std::stop_token stop;
  /// What the chosen verb does; its value is the exit code.
  std::function<int()> action;

  /// Narration: a line on stderr unless quiet. Control characters are escaped, as by print.
  void say(std::string_view line) const;
  /// Only with -v.
  void detail(std::string_view line) const;
  /// A bar that overwrites itself, on a terminal only; `facts` come behind it. With `progress_json` an object instead,
  /// at most twice a second.
  void progress(std::string_view phase, double fraction, std::string_view facts = "") const;
  /// A line of progress for programs: on stderr even if quiet.
  void progress_line(std::string_view json) const;
  void end_progress() const;
  /// Narration is read by somebody as it comes.
  [[nodiscard]] bool on_terminal() const;

 private:
  mutable std::chrono::steady_clock::time_point progressed_ = {};
};

/// A verb with the shared flags -j, --seed, --json, -q, -v.
[[nodiscard]] CLI::App* add_verb(CLI::App& app, Session& session, const std::string& name, const std::string& what);

/// The shared flags of the verb that was chosen. They are taken after parsing, not bound to `session`:
/// a config file may give those of other verbs too.
void take_shared(CLI::App& verb, Session& session);

/// What ended the program, as a line on stderr.
void complain(std::string_view sentence);

/// Text for people, on stdout. Names come from files and may hold what terminals obey: control characters are escaped.
void print(std::string_view text);
/// JSON, CSV and what else programs read, on stdout as it is.
void print_data(std::string_view text);

// One per verb, each in its own file.
void add_model(CLI::App& app, Session& session);
void add_devices(CLI::App& app, Session& session);
void add_cost(CLI::App& app, Session& session);
void add_profile(CLI::App& app, Session& session);
void add_calibrate(CLI::App& app, Session& session);
void add_sweep(CLI::App& app, Session& session);
void add_plan(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_simulate(CLI::App& app, Session& session);
void add_run(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);
void add_man(CLI::App& app, Session& session);

}  // namespace cleave::cli
