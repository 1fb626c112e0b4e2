#pragma once
/// Whether an engine has what a stage needs.

#include <cleave/runtime.hpp>

#include <string>

namespace cleave {

/// Throws InputError naming the first node that `backend` does not support, and why.
void require_supported(const Backend& backend, const StageSpec& stage, const std::string& network);

}  // namespace cleave
