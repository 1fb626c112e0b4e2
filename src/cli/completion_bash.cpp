#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave::cli {
namespace {

std::vector<std::string> verbs_of(const std::vector<VerbEntry>& table) {
  std::vector<std::string> verbs;
  for (const VerbEntry& verb : table)
    if (!verb.name.empty()) verbs.push_back(verb.name);
  return verbs;
}

/// Names of all options of a verb; with `taking_words` of those that take one.
std::vector<std::string> option_names(const VerbEntry& verb, bool taking_words) {
  std::vector<std::string> names;
  for (const OptionEntry& option : verb.options)
    if (!option.positional && (option.takes_word || !taking_words))
      names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

/// A branch of `case "$verb $option"` for each option whose words are known.
std::string value_branches(const VerbEntry& verb) {
  std::string text;
  for (const OptionEntry& option : verb.options) {
    if (option.words.empty() || option.positional) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(fmt::format("\"{} {}\"", verb.name, name));
    text += fmt::format("    {}) echo \"{}\" ;;\n", fmt::join(patterns, " | "), fmt::join(option.words, " "));
  }
  return text;
}

std::string positional_words(const VerbEntry& verb) {
  for (const OptionEntry& option : verb.options)
    if (option.positional) return fmt::format("{}", fmt::join(option.words, " "));
  return "";
}

// Words are split here and not by readline, which breaks them at the colon of zoo:NAME and at '='.
constexpr std::string_view kFunction = R"bash(
_cleave() {
  local -a words
  local line="${COMP_LINE:0:COMP_POINT}" verb="" candidates cut
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  local current="${words[-1]}" previous="${words[-2]}" i
  for ((i = 1; i < ${#words[@]} - 1; ++i)); do
    [[ "${words[i]}" == --config ]] && { ((++i)); continue; }
    [[ "${words[i]}" != -* ]] && { verb="${words[i]}"; break; }
  done
  if [[ "$current" == -* ]]; then
    candidates="$(_cleave_options "$verb")"
  elif [[ " $(_cleave_with_words "$verb") " == *" $previous "* ]]; then
    candidates="$(_cleave_values "$verb" "$previous")"
  else
    candidates="$(_cleave_words "$verb")"
  fi
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  # Readline replaces what follows the last break only.
  if [[ "$current" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    cut="${current%"${current##*:}"}"
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  fi
}
# Where nothing is known, paths.
complete -o bashdefault -o default -F _cleave cleave
)bash";

/// A function that echoes a list for each verb.
template <class Words>
std::string by_verb(std::string_view function, const std::vector<VerbEntry>& table, const Words& words) {
  std::string text = fmt::format("{}() {{\n  case \"$1\" in\n", function);
  for (const VerbEntry& verb : table) text += fmt::format("    \"{}\") echo \"{}\" ;;\n", verb.name, words(verb));
  return text + "  esac\n}\n";
}

}  // namespace

std::string bash_completion(const std::vector<VerbEntry>& table) {
  std::string text = "# Completion of cleave for bash; made by `cleave completion bash`.\n";
  text += by_verb("_cleave_options", table,
                  [](const VerbEntry& verb) { return fmt::format("{}", fmt::join(option_names(verb, false), " ")); });
  text += by_verb("_cleave_with_words", table,
                  [](const VerbEntry& verb) { return fmt::format("{}", fmt::join(option_names(verb, true), " ")); });
  text += by_verb("_cleave_words", table, [&](const VerbEntry& verb) {
    return verb.name.empty() ? fmt::format("{}", fmt::join(verbs_of(table), " ")) : positional_words(verb);
  });
  text += "_cleave_values() {\n  case \"$1 $2\" in\n";
  for (const VerbEntry& verb : table) text += value_branches(verb);
  text += "  esac\n}";
  return text + std::string(kFunction);
}

}  // namespace cleave::cli
