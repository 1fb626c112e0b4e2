#pragma once
/// Which ideal of a lattice has certain operators.

#include "search/lattice.hpp"

#include <gtest/gtest.h>

namespace cleave::testing_support {

/// By looking at all of them; a failure of the test where none has these.
inline std::uint32_t ideal_of(const Lattice& lattice, const std::vector<bool>& members) {
  for (std::uint32_t ideal = 0; ideal < lattice.size(); ++ideal) {
    bool same = true;
    for (std::size_t op = 0; op < members.size() && same; ++op) same = lattice.contains(ideal, OpId(op)) == members[op];
    if (same) return ideal;
  }
  ADD_FAILURE() << "no ideal";
  return 0;
}

}  // namespace cleave::testing_support
