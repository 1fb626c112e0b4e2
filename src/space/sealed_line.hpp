#pragma once
/// Lines of a ledger end with a checksum: what a disk, a tool or a hand changed later is told from what was found.
/// Figures that are on no frontier in the end follow from nothing that is looked at again.

#include <string>
#include <string_view>

namespace cleave {

/// An object of JSON on one line, with the member `"check"` behind all others: a hash of the text before it, in
/// hexadecimal.
[[nodiscard]] std::string sealed(std::string line);

/// Is it as `sealed` made it?
[[nodiscard]] bool is_sealed(std::string_view line);

}  // namespace cleave
