#include "cli/sweep_files.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <system_error>

namespace cleave::cli {

namespace fs = std::filesystem;

std::string slug_of(const std::string& model, std::set<std::string>& taken) {
  std::string slug = model.starts_with("zoo:") ? model.substr(4) : fs::path(model).stem().string();
  std::replace_if(
      slug.begin(), slug.end(), [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_' && c != '.'; },
      '_');
  const std::string base = slug;
  for (int n = 2; !taken.insert(slug).second; ++n) slug = fmt::format("{}_{}", base, n);
  return slug;
}

std::string plan_path(const std::string& slug, std::size_t number) {
  return fmt::format("plans/{}_{:03}.json", slug, number);
}

std::set<std::string> plans_listed(const fs::path& csv) {
  std::set<std::string> plans;
  if (!fs::exists(csv)) return plans;
  std::istringstream lines(read_file(csv));
  for (std::string line; std::getline(lines, line);)
    for (std::string& field : split_csv_line(line))
      if (field.starts_with("plans/") && field.ends_with(".json")) plans.insert(std::move(field));
  return plans;
}

void remove_stale(const fs::path& folder, const std::set<std::string>& names) {
  std::error_code ignored;
  for (const std::string& name : names) fs::remove(folder / name, ignored);
}

}  // namespace cleave::cli
