#include "cli/sweep_files.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <system_error>

namespace cleave::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPlans = "plans/";

/// The plan files that a pareto.csv names; none when it is absent.
std::set<std::string> plans_listed(const fs::path& csv) {
  std::set<std::string> plans;
  std::error_code unknown;  // what is wrong with the folder, writing to it says
  if (!fs::exists(csv, unknown)) return plans;
  std::istringstream lines(read_file(csv));
  for (std::string line; std::getline(lines, line);)
    for (std::string& field : split_csv_line(line))
      if (field.starts_with(kPlans) && field.ends_with(".json") && field.find('/', kPlans.size()) == field.npos)
        plans.insert(std::move(field));
  return plans;
}

}  // namespace

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
  return fmt::format("{}{}_{:03}.json", kPlans, slug, number);
}

std::map<std::string, std::string> sweep_file_names(const std::set<std::string>& slugs) {
  std::map<std::string, std::string> names;
  for (const char* name : {"pareto.csv", "report.html", "subclusters.csv", "certificate.json", "uncertainty.csv",
                           "points.csv", "sensitivity.csv"})
    names.emplace(name, "");
  for (const std::string& slug : slugs) {
    names.emplace(fmt::format("report_{}.html", slug), slug);
    names.emplace(fmt::format("certificate_{}.json", slug), slug);
  }
  return names;
}

bool is_plan_name(std::string_view name) {
  constexpr std::string_view ending = ".json";
  if (!name.ends_with(ending)) return false;
  name.remove_suffix(ending.size());
  const std::string_view number = name.substr(std::min(name.size(), name.rfind('_') + 1));
  return number.size() < name.size() && number.size() >= 3 &&
         std::ranges::all_of(number, [](unsigned char c) { return std::isdigit(c); });
}

SweepFolder::SweepFolder(fs::path folder) : folder_(std::move(folder)) {
  std::set<std::string> slugs;
  for (const std::string& plan : plans_listed(folder_ / "pareto.csv")) {
    const std::string slug = plan.substr(kPlans.size(), plan.rfind('_') - kPlans.size());
    slugs.insert(slug);
    rest_.emplace(plan, slug);
  }
  rest_.merge(sweep_file_names(slugs));
}

void SweepFolder::write(const std::string& name, std::string_view content) {
  files_.write(folder_ / name, content);
  rest_.erase(name);
}

void SweepFolder::keep_all_but(const std::set<std::string>& slugs) {
  std::erase_if(rest_, [&](const auto& file) { return !slugs.contains(file.second); });
}

void SweepFolder::commit() {
  files_.commit();
  std::error_code ignored;
  for (const auto& [name, slug] : rest_) fs::remove(folder_ / name, ignored);
}

}  // namespace cleave::cli
