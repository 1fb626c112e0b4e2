#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave::cli {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  return result + "'";
}

std::string condition_of(const VerbEntry& verb) {
  return quoted(verb.name.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + verb.name);
}

std::string line_of(const VerbEntry& verb, const OptionEntry& option) {
  std::string line = fmt::format("complete -c cleave -n {}", condition_of(verb));
  if (!option.positional) {
    for (const std::string& name : option.names)
      line += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2)) : fmt::format(" -s {}", name.substr(1));
    line += " -d " + quoted(option.meaning);
    if (option.takes_word) line += " -r";
  }
  if (!option.words.empty()) line += fmt::format(" -a {}", quoted(fmt::format("{}", fmt::join(option.words, " "))));
  return line + "\n";
}

}  // namespace

std::string fish_completion(const std::vector<VerbEntry>& table) {
  std::string text = "# Completion of cleave for fish; made by `cleave completion fish`.\n";
  for (const VerbEntry& verb : table) {
    if (!verb.name.empty())
      text +=
          fmt::format("complete -c cleave -f -n __fish_use_subcommand -a {} -d {}\n", verb.name, quoted(verb.meaning));
    for (const OptionEntry& option : verb.options)
      if (!option.positional || !option.words.empty()) text += line_of(verb, option);
  }
  return text;
}

}  // namespace cleave::cli
