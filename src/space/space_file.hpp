#pragma once
/// Space files (`cleave.space/1`): the axes of a design space, to be kept beside what it found.

#include "base/json_view.hpp"
#include "space/axis.hpp"

#include <vector>

namespace cleave {

/// In the order of the file: `{"schema": "cleave.space/1", "axes": {"cim.count": ["0:4"], "batch": [1, 2, 4]}}`. A
/// value is a number, or text as `parse_axis` reads it. Throws InputError: not a space file, an axis without values or
/// twice, a range that is none.
[[nodiscard]] std::vector<Axis> parse_space(const JsonView& view);

}  // namespace cleave
