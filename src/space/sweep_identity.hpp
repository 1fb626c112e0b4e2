#pragma once
/// What a ledger belongs to.

#include "space/ledger.hpp"
#include "space/search_space.hpp"
#include "space/sources.hpp"

namespace cleave {

/// All that the outcome of a sweep depends on. Throws what reading models throws.
[[nodiscard]] SweepIdentity identity_of(const DesignSpace& space, const SpaceOptions& options, Sources& sources);

}  // namespace cleave
