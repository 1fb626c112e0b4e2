#include "cli/sweep_progress.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave::cli {
namespace {

double fraction_of(const SpaceProgress& progress) {
  return progress.points == 0 ? 1 : static_cast<double>(progress.done) / static_cast<double>(progress.points);
}

std::string facts_of(const SpaceProgress& progress, double left_s) {
  return fmt::format("{} of {} points, {} plans on the frontier, hypervolume {:.4f}, {} left", progress.done,
                     progress.points, progress.plans, progress.hypervolume, si(left_s, "s"));
}

}  // namespace

double SweepProgress::left_s(const SpaceProgress& progress) const {
  const auto done = static_cast<double>(std::max<std::size_t>(1, progress.done));
  return elapsed_s() / done * static_cast<double>(progress.points - progress.done);
}

void SweepProgress::write_json(const SpaceProgress& progress) const {
  session_.progress_line(fmt::format(
      R"({{"phase":"space","fraction":{},"points":{},"done":{},"plans":{},"hypervolume":{},"elapsed_s":{},"left_s":{}}})",
      round_trip(fraction_of(progress)), progress.points, progress.done, progress.plans,
      round_trip(progress.hypervolume), round_trip(elapsed_s()), round_trip(left_s(progress))));
}

void SweepProgress::show(const SpaceProgress& progress) {
  const bool terminal = session_.on_terminal();
  const double pause_s = session_.progress_json ? 0.5 : terminal ? 0.2 : 10;
  const double now_s = elapsed_s();
  const bool last = progress.done == progress.points && session_.progress_json;
  if (now_s - said_s_ < pause_s && !last) return;
  said_s_ = now_s;
  if (session_.progress_json)
    write_json(progress);
  else if (terminal)
    session_.progress("space", fraction_of(progress), facts_of(progress, left_s(progress)));
  else
    session_.say(facts_of(progress, left_s(progress)));
}

void SweepProgress::end() { session_.end_progress(); }

}  // namespace cleave::cli
