#include "cli/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace cleave::cli {

void Session::say(std::string_view line) const {
  if (!quiet) fmt::print(stderr, "{}\n", line);
}

void Session::detail(std::string_view line) const {
  if (verbose) say(line);
}

void Session::progress(std::string_view phase, double fraction) const {
  if (quiet || !isatty(STDERR_FILENO)) return;
  constexpr int width = 40;
  const int filled = std::clamp(static_cast<int>(fraction * width), 0, width);
  fmt::print(stderr, "\r{:<8} [{:#<{}}{:.<{}}] {:3.0f} %", phase, "", filled, "", width - filled, 100 * fraction);
  std::fflush(stderr);
}

void Session::end_progress() const {
  if (!quiet && isatty(STDERR_FILENO)) fmt::print(stderr, "\r{:<64}\r", "");
}

CLI::App* add_verb(CLI::App& app, Session& session, const std::string& name, const std::string& what) {
  CLI::App* verb = app.add_subcommand(name, what);
  verb->add_option("-j,--threads", session.threads, "Threads to use; 0 for all cores. Results do not depend on it")->check(CLI::Range(0, 1024))->capture_default_str();
  verb->add_option("--seed", session.seed, "Seed of everything that is drawn at random")->capture_default_str();
  verb->add_flag("--json", session.json, "Print a machine-readable result on stdout");
  verb->add_flag("-q,--quiet", session.quiet, "No narration on stderr");
  verb->add_flag("-v,--verbose", session.verbose, "More narration on stderr");
  return verb;
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace cleave::cli
