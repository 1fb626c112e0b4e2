#include "cli/comma_list.hpp"

#include <fmt/format.h>

namespace cleave::cli {

CLI::Validator each_of_list(const CLI::Validator& check) {
  const auto complaint = [check](const std::string& text) -> std::string {
    if (text.empty()) return "is empty; give a value or leave it out";
    for (const std::string& item : split_csv_line(text)) {
      if (item.empty()) return fmt::format("\"{}\" has an empty value; join values by single commas", text);
      if (std::string problem = check(item); !problem.empty()) return problem;
    }
    return {};
  };
  return {complaint, check.get_description()};
}

}  // namespace cleave::cli
