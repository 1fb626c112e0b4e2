// Parses the command line, runs one verb, and turns every outcome into an exit code.
#include "cli/heap.hpp"
#include "cli/session.hpp"
#include "cli/usage.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iterator>
#include <new>
#include <span>
#include <string_view>
#include <thread>

namespace cleave::cli {
namespace {

/// Turns SIGINT and SIGTERM into a request to stop: searches and runs then end in good order.
/// A second signal ends the program at once.
class SignalWatch {
 public:
  explicit SignalWatch(std::stop_source stop) {
    sigset_t signals = watched();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([stop = std::move(stop), signals]() mutable {
      int signal = 0;
      sigwait(&signals, &signal);
      stop.request_stop();
      sigwait(&signals, &signal);
      std::_Exit(static_cast<int>(ExitCode::interrupted));
    }).detach();
  }

 private:
  static sigset_t watched() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
  }
};

struct Verb {
  std::string_view name;
  void (*add)(CLI::App&, Session&);
  bool tells_of_all = false;  ///< what it prints is about every verb
};

constexpr Verb kVerbs[] = {
    {"model", add_model},         {"devices", add_devices},   {"cost", add_cost}, {"profile", add_profile},
    {"calibrate", add_calibrate}, {"sweep", add_sweep},       {"plan", add_plan}, {"explain", add_explain},
    {"check", add_check},         {"simulate", add_simulate}, {"run", add_run},   {"completion", add_completion, true},
    {"man", add_man, true},
};

const Verb* verb_called(std::string_view name) {
  const auto* const verb =
      std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb& v) { return v.name == name; });
  return verb == std::end(kVerbs) ? nullptr : verb;
}

/// The verb that the command line begins with, if nothing there may be about another: a config file may.
const Verb* only_verb(std::span<char* const> words) {
  const Verb* const first = words.empty() ? nullptr : verb_called(words.front());
  if (first == nullptr || first->tells_of_all) return nullptr;
  const auto may_be_about_others = [](std::string_view word) {
    return word.starts_with("--config") || verb_called(word) != nullptr;
  };
  return std::any_of(words.begin() + 1, words.end(), may_be_about_others) ? nullptr : first;
}

/// Describes only what `words` may be about: all verbs take longer than a small search.
void describe(CLI::App& app, Session& session, std::span<char* const> words) {
  app.set_version_flag("--version", std::string("cleave ") + CLEAVE_VERSION);
  app.set_config("--config", "",
                 "Read options from a file, as --dump-config prints them; the command line goes before it");
  app.require_subcommand(1);
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.footer(
      "MODEL    an .onnx file, zoo:NAME, a layer table .csv, or a measured cost table .json\n"
      "CLUSTER  a cluster file, or the name of a shipped one (see `cleave devices`)\n"
      "Exit codes: 0 done, 1 bug, 2 usage, 3 bad input file, 4 infeasible, 5 measurement not valid,\n"
      "6 verification failed, 75 interrupted");
  if (const Verb* const verb = only_verb(words)) return verb->add(app, session);
  for (const Verb& verb : kVerbs) verb.add(app, session);
}

/// Data that did not arrive is not done.
int flushed(int code) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
  throw InputError("standard output", "", "cannot be written", "check permissions and space there");
}

/// CLI11 has codes of its own; ours are 0 for help and version, 3 for a bad config file, 2 for everything else.
int usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return flushed(app.exit(error));
  complain(complaint(app, error));
  complain("try `cleave --help`");
  return static_cast<int>(from_config(error) ? ExitCode::bad_input : ExitCode::usage);
}

int run(int argc, char** argv) {
  std::stop_source stop;
  const SignalWatch watch(stop);
  Session session;
  session.stop = stop.get_token();
  CLI::App app(
      "Splits neural networks over heterogeneous devices: the whole Pareto frontier of throughput and energy, "
      "with proofs, and plans that run.",
      "cleave");
  bool dump = false;
  app.add_flag("--dump-config", dump, "Print the options in force as a file for --config, and do nothing else")
      ->configurable(false);
  describe(app, session, std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  try {
    app.parse(argc, argv);
    refuse_empty_values(app);
    refuse_empty_values(*app.get_subcommands().front());
    take_shared(*app.get_subcommands().front(), session);
  } catch (const CLI::ParseError& error) {
    return usage(app, error);
  }
  if (dump) print_data(config_text(app));
  return flushed(dump ? 0 : session.action());
}

}  // namespace
}  // namespace cleave::cli

int main(int argc, char** argv) {
  using cleave::ExitCode;
  cleave::cli::prepare_heap();
  try {
    return cleave::cli::run(argc, argv);
  } catch (const cleave::Error& error) {
    cleave::cli::complain(error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    cleave::cli::complain("there is not enough memory; a smaller batch or model, or more memory, would do");
    return static_cast<int>(ExitCode::infeasible);
  } catch (const std::exception& error) {
    cleave::cli::complain(fmt::format("this is a bug in cleave: {}", error.what()));
    return static_cast<int>(ExitCode::bug);
  }
}
