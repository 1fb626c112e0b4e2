#pragma once
/// A cluster (`cleave.cluster/1`) from a parsed document.

#include "base/json_view.hpp"

#include <cleave/cluster.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cleave {

/// `folder` is what relative paths of profiles start from. Throws InputError.
[[nodiscard]] Cluster parse_cluster(const JsonView& document, const std::filesystem::path& folder);

/// The files that a cluster is read from, those of profiles included; none for one that is shipped. `reference` is one
/// that read_cluster reads.
[[nodiscard]] std::vector<std::string> cluster_files(const std::string& reference);

}  // namespace cleave
