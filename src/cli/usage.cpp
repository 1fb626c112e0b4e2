#include "cli/usage.hpp"

#include "base/text.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace cleave::cli {
namespace {

std::string unknown_verb(const CLI::App& app, const std::vector<std::string>& rest) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    verbs.push_back(verb->get_name());
  const auto word =
      std::find_if(rest.begin(), rest.end(), [](const std::string& text) { return !text.starts_with('-'); });
  if (word != rest.end())
    return fmt::format("there is no verb \"{}\"; did you mean \"{}\"?", *word, nearest(*word, verbs));
  if (!rest.empty())
    return fmt::format("\"{}\" stands before the verb; put it behind one of {}", rest.front(), fmt::join(verbs, ", "));
  return fmt::format("no verb; give one of {}", fmt::join(verbs, ", "));
}

std::string unexpected(const CLI::App& verb, const std::vector<std::string>& rest) {
  const auto flag =
      std::find_if(rest.begin(), rest.end(), [](const std::string& text) { return text.starts_with('-'); });
  if (flag == rest.end())
    return fmt::format("`cleave {}` has no use for \"{}\"; leave it out", verb.get_name(), rest.front());
  const std::string name = flag->substr(0, flag->find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& text : option->get_lnames()) known.push_back("--" + text);
  return fmt::format("`cleave {}` has no option \"{}\"; did you mean \"{}\"?", verb.get_name(), name,
                     nearest(name, known));
}

/// Of a flag that was given a value; empty where it is another that could not be read.
std::string flag_with_value(const CLI::App& verb, const CLI::ParseError& error) {
  const std::string message = error.what();  // "Could not convert: --flag = value"
  const std::size_t dash = message.find('-');
  const std::size_t equals = message.find(" = ");
  if (error.get_name() != "ConversionError" || dash == std::string::npos || equals == std::string::npos) return "";
  const std::string name = message.substr(dash, equals - dash);
  const CLI::Option* option = verb.get_option_no_throw(name);
  if (option == nullptr || option->get_expected_min() > 0 || !option->get_type_name().empty()) return "";
  return fmt::format("{} takes no value; leave out \"={}\"", name, message.substr(equals + 3));
}

}  // namespace

bool from_config(const CLI::ParseError& error) {
  return error.get_name() == "FileError" || error.get_name() == "ConfigError";
}

std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  if (from_config(error))
    return fmt::format("{}: {}; give a file as --dump-config prints it", app.get_option("--config")->as<std::string>(),
                       error.what());
  const auto rest = app.remaining(true);
  const auto verbs = app.get_subcommands();
  if (verbs.empty()) return unknown_verb(app, rest);
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !rest.empty())
    return unexpected(*verbs.front(), rest);
  const std::string of_flag = flag_with_value(*verbs.front(), error);
  return of_flag.empty() ? error.what() : of_flag;
}

void refuse_empty_values(const CLI::App& verb) {
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& value : option->results())
      if (value.empty() && option->get_expected_min() > 0)
        throw UsageError(fmt::format("{}: is empty; give a value or leave it out", option->get_name()));
}

std::string config_text(const CLI::App& app) {
  const CLI::App& verb = *app.get_subcommands().front();
  std::string text = fmt::format("[{}]\n", verb.get_name());
  // Not given, these mean nothing to be said: a flag, or an option that stands for something by being there.
  const auto is_silent = [&](const std::string& name) {
    const CLI::Option* option = verb.get_option_no_throw("--" + name);
    return option != nullptr && option->count() == 0 && option->get_expected_min() == 0;
  };
  std::istringstream lines(verb.config_to_str(true));
  for (std::string line; std::getline(lines, line);)
    if (!line.ends_with("=\"\"") && !is_silent(line.substr(0, line.find('='))))  // without a value: absent, not empty
      text += line + "\n";
  return text;
}

}  // namespace cleave::cli
