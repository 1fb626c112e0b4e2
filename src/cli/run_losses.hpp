#pragma once
/// What a run says of the devices that it lost.

#include "cli/run_text.hpp"

#include <string>

namespace cleave {
class JsonWriter;
}

namespace cleave::cli {

/// A paragraph for each loss; empty where nothing was lost.
[[nodiscard]] std::string losses_text(const PlanFile& file, const RunOutcome& outcome);
/// The field "losses", where there were some.
void write_losses(JsonWriter& json, const PlanFile& file, const RunOutcome& outcome);

}  // namespace cleave::cli
