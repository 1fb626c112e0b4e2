#pragma once
/// No output takes the place of what is read.

#include "cli/session.hpp"

#include <cleave/network.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cleave {
struct Setting;
}

namespace cleave::cli {

/// The files that a verb reads, and those that they lead to: profiles of a cluster, external weights of a network.
class KeptInputs {
 public:
  /// The file of --config is one.
  explicit KeptInputs(const Session& session);

  /// Empty names and those of what is built in are no files.
  KeptInputs& add(const std::string& file);
  KeptInputs& add(const std::vector<std::string>& files);
  KeptInputs& add(const Network& network);
  /// `reference` is one that read_cluster reads.
  KeptInputs& add_cluster(const std::string& reference);
  KeptInputs& add(const Setting& setting);

  /// Throws UsageError where writing to `output` would replace one of them.
  void keep_from(const std::filesystem::path& output) const;
  /// Throws UsageError where a sweep of `models` would replace one of them in `folder`, or remove it as what an earlier
  /// sweep left.
  void keep_from_sweep(const std::filesystem::path& folder, const std::vector<std::string>& models) const;

 private:
  std::vector<std::string> files_;
};

}  // namespace cleave::cli
