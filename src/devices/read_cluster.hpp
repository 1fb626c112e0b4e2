#pragma once
/// A cluster (`cleave.cluster/1`) from a parsed document.

#include "base/json_view.hpp"

#include <cleave/cluster.hpp>

#include <filesystem>

namespace cleave {

/// `folder` is what relative paths of profiles start from. Throws InputError.
[[nodiscard]] Cluster parse_cluster(const JsonView& document, const std::filesystem::path& folder);

}  // namespace cleave
