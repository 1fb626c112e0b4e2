#pragma once
/// What a verification found, for people and for scripts.

#include "base/json_writer.hpp"
#include "cli/run_verify.hpp"

namespace cleave::cli {

/// `engines`: what computed each stage.
[[nodiscard]] std::string verification_text(const Verification& verification, const std::vector<std::string>& engines);
/// As fields of the object that is open.
void write_verification(const Verification& verification, JsonWriter& json);

}  // namespace cleave::cli
