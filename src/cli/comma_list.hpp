#pragma once
/// Options that take several values, joined by commas.

#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace cleave::cli {

/// `check` for each value of such an option; none of them may be empty.
[[nodiscard]] CLI::Validator each_of_list(const CLI::Validator& check);

/// Adds an option for `values`, which keep their order. CLI11's own delimiter passes over empty values.
template <class Value>
CLI::Option* add_list(CLI::App& verb, const std::string& name, std::vector<Value>& values, const std::string& meaning,
                      const CLI::Validator& check = CLI::Validator("")) {
  const auto read = [&values](const CLI::results_t& given) {
    values.clear();
    for (const std::string& text : given)
      for (const std::string& item : split_csv_line(text))
        if (!CLI::detail::lexical_cast(item, values.emplace_back())) return false;
    return true;
  };
  return verb.add_option(name, read, meaning)
      ->type_name(CLI::detail::type_name<Value>())
      ->expected(CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false)
      ->check(each_of_list(check));
}

}  // namespace cleave::cli
