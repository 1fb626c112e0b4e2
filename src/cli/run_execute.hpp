#pragma once
/// Does what `cleave run` was asked for.

#include "cli/run_text.hpp"
#include "cli/session.hpp"

namespace cleave::cli {

/// Runs the plan of `file`, and others when devices are lost. Throws UsageError and InputError for what cannot run.
[[nodiscard]] RunOutcome execute(const Session& session, const PlanFile& file, const RunRequest& options);

}  // namespace cleave::cli
