#pragma once
/// What the kinds of sweep call their files, and what earlier ones left behind.

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>

namespace cleave::cli {

/// "zoo:resnet50" -> "resnet50", "nets/a b.onnx" -> "a_b": safe in a file name, unique in `taken`.
[[nodiscard]] std::string slug_of(const std::string& model, std::set<std::string>& taken);

/// Path of a plan file, relative to the CSV.
[[nodiscard]] std::string plan_path(const std::string& slug, std::size_t number);

/// The plan files that the `pareto.csv` of an earlier sweep lists.
[[nodiscard]] std::set<std::string> plans_listed(const std::filesystem::path& csv);

/// Removes files of `folder`; what cannot be removed stays.
void remove_stale(const std::filesystem::path& folder, const std::set<std::string>& names);

}  // namespace cleave::cli
