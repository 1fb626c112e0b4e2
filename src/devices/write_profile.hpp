#pragma once
/// A device profile (`cleave.profile/1`) as text.

#include "base/json_writer.hpp"

#include <cleave/cluster.hpp>

#include <functional>
#include <string>

namespace cleave {

/// Reads back to the same profile; fields that have their defaults are left out. `notes` writes the value of
/// the key "notes".
[[nodiscard]] std::string profile_json(const Profile& profile, const std::function<void(JsonWriter&)>& notes);

}  // namespace cleave
