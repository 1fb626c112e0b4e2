#include "cli/kept_inputs.hpp"

#include "cli/sweep_files.hpp"
#include "devices/read_cluster.hpp"
#include "report/plan_file.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <set>
#include <system_error>
#include <tuple>
#include <variant>

namespace cleave::cli {

namespace fs = std::filesystem;

namespace {

/// Other names lead to the same file: links, "./".
bool is_same(const fs::path& one, const fs::path& other) {
  std::error_code absent;
  return fs::equivalent(one, other, absent);
}

[[noreturn]] void refuse(const fs::path& output) {
  throw UsageError(fmt::format("{} is read, and writing to it would lose it; write to another file", output.string()));
}

}  // namespace

KeptInputs::KeptInputs(const Session& session) { add(session.config); }

KeptInputs& KeptInputs::add(const std::string& file) {
  if (!file.empty()) files_.push_back(file);
  return *this;
}

KeptInputs& KeptInputs::add(const std::vector<std::string>& files) {
  for (const std::string& file : files) add(file);
  return *this;
}

KeptInputs& KeptInputs::add(const Network& network) {
  if (!network.graph) return *this;
  std::set<std::string> files;  // one often holds the weights of all operators
  for (const auto& [value, constant] : network.graph->constants)
    if (const auto* weights = std::get_if<FileWeights>(&constant.content)) files.insert(weights->path);
  return add(std::vector(files.begin(), files.end()));
}

KeptInputs& KeptInputs::add_cluster(const std::string& reference) { return add(cluster_files(reference)); }

KeptInputs& KeptInputs::add(const Setting& setting) {
  return add(setting.model).add(setting.network).add_cluster(setting.cluster);
}

void KeptInputs::keep_from(const fs::path& output) const {
  for (const std::string& input : files_)
    if (is_same(output, input)) refuse(output);
}

void KeptInputs::keep_from_sweep(const fs::path& folder, const std::vector<std::string>& models) const {
  std::set<std::string> slugs;
  for (const std::string& model : models) std::ignore = slug_of(model, slugs);
  for (const auto& [name, slug] : sweep_file_names(slugs)) keep_from(folder / name);
  for (const std::string& input : files_)
    if (is_same((fs::path(".") / input).parent_path(), folder / "plans") &&
        is_plan_name(fs::path(input).filename().string()))
      refuse(folder / "plans" / fs::path(input).filename());
}

}  // namespace cleave::cli
