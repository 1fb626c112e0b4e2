#include "cli/command_table.hpp"

#include "devices/shipped.hpp"

#include <cleave/network.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cleave::cli {
namespace {

std::vector<std::string> models() {
  std::vector<std::string> words;
  for (const std::string& name : zoo_names()) words.push_back("zoo:" + name);
  return words;
}

/// Of a validator that prints as "{auto,exact,local}", or "{plan->0,fp32->1}" where words stand for values.
std::vector<std::string> choices_of(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> words = CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
  for (std::string& word : words) word.erase(std::min(word.size(), word.find("->")));
  return words;
}

std::vector<std::string> words_of(const CLI::Option& option) {
  const std::string name = option.get_single_name();
  if (name == "MODEL") return models();
  if (name == "cluster") return names_of(shipped_cluster_files());
  if (name == "profile" || name == "PROFILE") return names_of(shipped_profile_files());
  if (name == "NAME") {
    auto all = names_of(shipped_profile_files());
    const auto clusters = names_of(shipped_cluster_files());
    all.insert(all.end(), clusters.begin(), clusters.end());
    return all;
  }
  return choices_of(option.get_type_name());
}

OptionEntry entry_of(const CLI::Option& option) {
  OptionEntry entry;
  entry.positional = option.get_positional();
  if (entry.positional) {
    entry.names = {option.get_single_name()};
  } else {
    for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  }
  entry.meaning = option.get_description();
  entry.takes_word = option.get_items_expected_max() > 0;
  entry.required = option.get_required();
  entry.repeats = option.get_items_expected_max() > 1;
  entry.fallback = option.get_default_str();
  if (entry.takes_word) entry.words = words_of(option);
  return entry;
}

VerbEntry entry_of(const CLI::App& app, const std::string& name) {
  VerbEntry entry{name, app.get_description(), {}};
  for (const CLI::Option* option : app.get_options()) entry.options.push_back(entry_of(*option));
  std::stable_partition(entry.options.begin(), entry.options.end(),
                        [](const OptionEntry& option) { return option.positional; });
  return entry;
}

}  // namespace

std::vector<VerbEntry> command_table(const CLI::App& app) {
  std::vector<VerbEntry> table = {entry_of(app, "")};
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    table.push_back(entry_of(*verb, verb->get_name()));
  return table;
}

}  // namespace cleave::cli
