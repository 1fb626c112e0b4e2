#pragma once
/// The command line as a table: what `--help` prints, for those who write it in other forms.

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cleave::cli {

struct OptionEntry {
  std::vector<std::string> names;  ///< "-o", "--output"; of a positional its name alone: "MODEL"
  std::string meaning;
  bool positional = false;
  bool takes_word = true;  ///< false: a flag
  bool required = false;
  bool repeats = false;
  std::string fallback;            ///< its value when it is absent; empty: none
  std::vector<std::string> words;  ///< that it can be, or names that it knows beside paths; empty: cannot be listed
};

struct VerbEntry {
  std::string name;  ///< empty: the program itself
  std::string meaning;
  std::vector<OptionEntry> options;
};

/// The program first, then its verbs; all in the order of the help.
[[nodiscard]] std::vector<VerbEntry> command_table(const CLI::App& app);

}  // namespace cleave::cli
