#pragma once
/// A device profile (`cleave.profile/1`) from a parsed document.

#include "base/json_view.hpp"

#include <cleave/cluster.hpp>

#include <string>

namespace cleave {

/// Throws InputError (pointer, problem, repair). Fields with a default are filled in, so that
/// every required or defaulted field of the kind is in `numbers`.
[[nodiscard]] Profile parse_profile(const JsonView& document);

/// The file, or the shipped profile of that name, parsed; throws InputError where there is none.
[[nodiscard]] JsonView profile_document(const std::string& name_or_path);

/// The precision that `view` names; throws InputError naming the nearest one.
[[nodiscard]] Precision read_precision(const JsonView& view);

}  // namespace cleave
