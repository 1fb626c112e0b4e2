#include "cli/man_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace cleave::cli {
namespace {

/// Text as roff prints it: a hyphen that is copied is a minus, and no line begins a request.
std::string roff(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '.' || c == '\'') && (i == 0 || text[i - 1] == '\n')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

/// "-o, --output WORD"
std::string head_of(const OptionEntry& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(fmt::format("\\fB{}\\fR", roff(name)));
  const bool choices = !option.words.empty() && option.words.size() <= 8;
  const std::string word = choices ? roff(fmt::format("{}", fmt::join(option.words, "|"))) : "WORD";
  std::string head = fmt::format("{}", fmt::join(names, ", "));
  if (option.takes_word && !option.positional) head += fmt::format(" \\fI{}\\fR", word);
  if (option.repeats) head += " ...";
  return head;
}

std::string entry_of(const OptionEntry& option) {
  std::string meaning = roff(option.meaning);
  if (option.required && !option.positional) meaning += " (required)";
  if (!option.fallback.empty()) meaning += fmt::format(" (default: {})", roff(option.fallback));
  return fmt::format(".TP\n{}\n{}\n", head_of(option), meaning.empty() ? "\\&" : meaning);
}

/// "cleave sweep [OPTIONS] MODEL..."
std::string synopsis_of(const VerbEntry& verb) {
  std::string line = fmt::format(".B cleave {}\n[\\fIOPTIONS\\fR]", verb.name);
  for (const OptionEntry& option : verb.options) {
    if (!option.positional) continue;
    const std::string name = fmt::format("\\fI{}\\fR{}", option.names.front(), option.repeats ? "..." : "");
    line += option.required ? " " + name : fmt::format(" [{}]", name);
  }
  return line + "\n";
}

/// Those that every verb has are listed once.
bool is_shared(const std::vector<VerbEntry>& table, const OptionEntry& option) {
  return std::all_of(table.begin() + 1, table.end(), [&](const VerbEntry& verb) {
    return std::any_of(verb.options.begin(), verb.options.end(), [&](const OptionEntry& other) {
      return other.names == option.names && other.meaning == option.meaning;
    });
  });
}

}  // namespace

std::string man_page(const std::vector<VerbEntry>& table, const std::string& footer, const std::string& version) {
  const VerbEntry& program = table.front();
  std::string page = fmt::format(".TH CLEAVE 1 \"\" \"cleave {}\" \"User Commands\"\n.nh\n.ad l\n", roff(version));
  page += ".SH NAME\ncleave \\- split neural networks over heterogeneous devices\n.SH SYNOPSIS\n";
  page += ".B cleave\n\\fIVERB\\fR [\\fIOPTIONS\\fR] ...\n";
  page += fmt::format(".SH DESCRIPTION\n{}\n.SH OPTIONS\nBefore or behind the verb:\n", roff(program.meaning));
  for (const OptionEntry& option : program.options) page += entry_of(option);
  page += ".PP\nOf every verb:\n";
  for (const OptionEntry& option : table[1].options)
    if (is_shared(table, option)) page += entry_of(option);
  page += ".SH VERBS\n";
  for (auto verb = table.begin() + 1; verb != table.end(); ++verb) {
    page += fmt::format(".SS {}\n{}{}\n{}\n", roff(verb->name), synopsis_of(*verb), ".PP", roff(verb->meaning));
    for (const OptionEntry& option : verb->options)
      if (!is_shared(table, option)) page += entry_of(option);
  }
  page += fmt::format(".SH WORDS AND EXIT CODES\n.nf\n{}\n.fi\n", roff(footer));
  return page;
}

}  // namespace cleave::cli
