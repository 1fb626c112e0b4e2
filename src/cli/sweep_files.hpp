#pragma once
/// What the kinds of sweep call their files, and what earlier ones left behind.

#include "base/files.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace cleave::cli {

/// "zoo:resnet50" -> "resnet50", "nets/a b.onnx" -> "a_b": safe in a file name, unique in `taken`.
[[nodiscard]] std::string slug_of(const std::string& model, std::set<std::string>& taken);

/// Path of a plan file, relative to the CSV.
[[nodiscard]] std::string plan_path(const std::string& slug, std::size_t number);

/// What sweeps call their files beside plans, relative to their folder, and the slug of the network that each is of;
/// empty where it is of all together.
[[nodiscard]] std::map<std::string, std::string> sweep_file_names(const std::set<std::string>& slugs);

/// Whether plan_path may give this name to a file.
[[nodiscard]] bool is_plan_name(std::string_view name);

/// Where a sweep writes. What an earlier one, of any kind, left there and this one does not write anew is stale: it
/// goes when all that is new is there, and stays where that fails.
class SweepFolder {
 public:
  explicit SweepFolder(std::filesystem::path folder);
  /// `name` is relative to the folder.
  void write(const std::string& name, std::string_view content);
  /// A sweep that did not get to all of its networks replaces those of `slugs` alone: what an earlier one left of
  /// others, or of all of them together, stays.
  void keep_all_but(const std::set<std::string>& slugs);
  /// Puts what is new in the place of what is stale; of that, what cannot be removed stays.
  void commit();

 private:
  std::filesystem::path folder_;
  FileSet files_;
  std::map<std::string, std::string> rest_;  ///< what an earlier sweep may have left, and the slug of its network or ""
};

}  // namespace cleave::cli
