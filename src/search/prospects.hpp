#pragma once
/// Which periods and cuts can still matter, given what is known.

#include "search/outlook.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace cleave {

/// A known plan is known at longer periods as well: with steps between plans that are far apart, as bounds are tight
/// where periods differ little.
[[nodiscard]] std::vector<Incumbent> with_steps(const std::vector<Incumbent>& known, double max_load_s);

/// Plans slower than this are dominated by an incumbent, whatever they save: energy is at least the least dynamic
/// energy plus one idle device over the period.
[[nodiscard]] double largest_useful_period_s(const Bounds& bounds, const std::vector<Incumbent>& incumbents);

/// No plan of this period or a longer one is of use; `steps` are the incumbents of `outlook`.
[[nodiscard]] double hopeless_from_s(const Outlook& outlook, const std::vector<Incumbent>& steps);

/// Those of `cuts` of which some state could matter, so that no stage is priced that ends or begins elsewhere.
/// `give_up` leaves more of them.
[[nodiscard]] std::vector<bool> hopeful(std::vector<bool> cuts, const Counts& counts, const Bounds& bounds,
                                        const Outlook& outlook, double max_load_s,
                                        const std::function<bool()>& give_up);

}  // namespace cleave
