#include "cli/session.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <system_error>

namespace cleave::cli {
namespace {

/// Narration that cannot be written is lost without harm; fmt::print would throw.
void narrate(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

/// CLI11 takes -1 for 2^64 - 1, and for larger numbers whatever is nearest.
std::string seed_complaint(const std::string& text) {
  std::uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  return error == std::errc() && stop == end ? ""
                                             : fmt::format("\"{}\" is not a whole number from 0 to 2^64 - 1", text);
}

}  // namespace

void Session::say(std::string_view line) const {
  if (!quiet) narrate(printable(line) + "\n");
}

void Session::detail(std::string_view line) const {
  if (verbose) say(line);
}

bool Session::on_terminal() const { return isatty(STDERR_FILENO) != 0; }

void Session::progress_line(std::string_view object) const { narrate(fmt::format("{}\n", object)); }

void Session::progress(std::string_view phase, double fraction, std::string_view facts) const {
  if (progress_json) {
    const auto now = std::chrono::steady_clock::now();
    if (now - progressed_ < std::chrono::milliseconds(500)) return;
    progressed_ = now;
    return progress_line(fmt::format(R"({{"phase":{},"fraction":{}}})", json_quoted(phase), round_trip(fraction)));
  }
  if (quiet || !on_terminal()) return;
  constexpr int width = 40;
  const int filled = std::clamp(static_cast<int>(fraction * width), 0, width);
  narrate(fmt::format("\r{:<8} [{:#<{}}{:.<{}}] {:3.0f} %{:<28}", phase, "", filled, "", width - filled, 100 * fraction,
                      facts));
  std::fflush(stderr);
}

void Session::end_progress() const {
  if (!quiet && !progress_json && on_terminal()) narrate(fmt::format("\r{:<100}\r", ""));
}

CLI::App* add_verb(CLI::App& app, Session& session, const std::string& name, const std::string& what) {
  CLI::App* verb = app.add_subcommand(name, what);
  verb->fallthrough();  // --config and --dump-config may stand behind the verb
  verb->add_option("-j,--threads", "Threads to use; 0 for all cores. Results do not depend on it")
      ->check(CLI::Range(0, 1024))
      ->default_str(fmt::to_string(session.threads));
  verb->add_option("--seed", "Seed of everything that is drawn at random")
      ->check(CLI::Validator(seed_complaint, "UINT"))
      ->default_str(fmt::to_string(session.seed));
  const std::pair<const char*, std::string> flags[] = {{"--json", "Print a machine-readable result on stdout"},
                                                       {"-q,--quiet", "No narration on stderr"},
                                                       {"-v,--verbose", "More narration on stderr"}};
  for (const auto& [flag, meaning] : flags) verb->add_flag(flag, meaning);
  return verb;
}

void take_shared(CLI::App& verb, Session& session) {
  session.threads = verb.get_option("--threads")->as<int>();
  session.seed = verb.get_option("--seed")->as<std::uint64_t>();
  const CLI::Option* json = verb.get_option_no_throw("--json");
  session.json = json && json->as<bool>();
  session.quiet = verb.get_option("--quiet")->as<bool>();
  session.verbose = verb.get_option("--verbose")->as<bool>();
  const CLI::Option* config = verb.get_parent()->get_config_ptr();
  if (config && config->count() > 0) session.config = config->as<std::string>();
}

void complain(std::string_view sentence) { narrate(fmt::format("cleave: {}\n", printable(sentence))); }

void print(std::string_view text) { print_data(printable(text, "\n")); }

void print_data(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace cleave::cli
