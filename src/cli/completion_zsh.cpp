#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave::cli {
namespace {

/// `text` inside single quotes, with `special` characters behind a backslash.
std::string escaped(const std::string& text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else
      result += (special.find(c) == std::string_view::npos ? "" : "\\") + std::string(1, c);
  }
  return result;
}

std::string action_of(const OptionEntry& option) {
  std::vector<std::string> words;
  for (const std::string& word : option.words) words.push_back(escaped(word, ":"));
  if (words.empty()) return "_files";
  return fmt::format("_alternative \"words:word:({})\" \"files:file:_files\"", fmt::join(words, " "));
}

std::string argument_of(const OptionEntry& option) {
  const std::string meaning = escaped(option.meaning, "[]:");
  if (option.positional)
    return fmt::format("'{}:{}:{}'", option.repeats ? "*" : "", option.names.front(), action_of(option));
  const std::string word = option.takes_word ? fmt::format(":word:{}", action_of(option)) : "";
  if (option.names.size() == 1) return fmt::format("'{}[{}]{}'", option.names.front(), meaning, word);
  return fmt::format("'({})'{{{}}}'[{}]{}'", fmt::join(option.names, " "), fmt::join(option.names, ","), meaning, word);
}

std::string arguments_of(const VerbEntry& verb) {
  std::string text;
  for (const OptionEntry& option : verb.options) text += " \\\n        " + argument_of(option);
  return text;
}

}  // namespace

std::string zsh_completion(const std::vector<VerbEntry>& table) {
  std::string text =
      "#compdef cleave\n# Completion of cleave for zsh; made by `cleave completion zsh`.\n"
      "_cleave() {\n  local context state state_descr line\n  typeset -A opt_args\n  local -a verbs\n  verbs=(\n";
  for (const VerbEntry& verb : table)
    if (!verb.name.empty()) text += fmt::format("    '{}:{}'\n", verb.name, escaped(verb.meaning, ":"));
  text += "  )\n  _arguments -C" + arguments_of(table.front()) +
          " \\\n        '1:verb:->verb' '*::argument:->arguments'\n  case $state in\n"
          "    verb) _describe verb verbs ;;\n    arguments)\n      case $words[1] in\n";
  for (const VerbEntry& verb : table)
    if (!verb.name.empty()) text += fmt::format("      {}) _arguments{} ;;\n", verb.name, arguments_of(verb));
  return text +
         "      esac ;;\n  esac\n}\nif [[ $funcstack[1] == _cleave ]]; then _cleave \"$@\"; else compdef _cleave "
         "cleave; fi\n";
}

}  // namespace cleave::cli
