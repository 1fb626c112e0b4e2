#pragma once
/// A design space as a page: its frontier with every plan, and all points around it.

#include "space/search_space.hpp"

#include <functional>
#include <string>

namespace cleave {

struct SpaceReportData {
  std::string title;  ///< e.g. "resnet50 on edge4"
  const DesignSpace& space;
  const SpaceResult& result;
  std::function<std::string(std::size_t model, std::size_t index)> plan_file;  ///< relative to the page
  std::function<const Setting&(std::size_t point)> setting;
};

/// One HTML file that needs no other file and no network, of less than 2 MiB. The plans of the frontier are in it with
/// their stages and the events of their first batches, of the other points the figures of the fastest plan, the most
/// frugal one and, where latency is an objective, the one of least latency, to 1/65535 of their range. What does not
/// fit is thinned evenly, and the page says so.
///
/// For scripts: `[data-plan="i"]` selects what `#plan` shows, as do the fragments `#plan=i` (of the first model:
/// its frontier from 0; of the others: after those before) and `#design=n` (number of a point).
[[nodiscard]] std::string render_space_report(const SpaceReportData& data);

}  // namespace cleave
