#pragma once
/// What a ledger belongs to.

#include "space/ledger.hpp"
#include "space/search_space.hpp"

namespace cleave {

/// All that the outcome of a sweep depends on. Throws what reading models and clusters throws.
[[nodiscard]] SweepIdentity identity_of(const DesignSpace& space, const SpaceOptions& options);

}  // namespace cleave
