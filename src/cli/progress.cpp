#include "cli/progress.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw(100);
constexpr std::chrono::milliseconds kObject(500);
constexpr std::chrono::seconds kLine(10);

std::string facts_text(const Progress& progress) {
  std::string text;
  if (progress.points > 0) text += fmt::format(", {} point{}", progress.points, progress.points == 1 ? "" : "s");
  if (std::isfinite(progress.gap)) text += fmt::format(", gap {:.2g} %", 100 * progress.gap);
  return text;
}

}  // namespace

std::string progress_text(const Progress& progress, double elapsed_s) {
  return fmt::format("{}: {:.0f} %{}, {:.0f} s", progress.phase, 100 * progress.fraction, facts_text(progress),
                     elapsed_s);
}

std::string progress_object(const Progress& progress, double elapsed_s) {
  const std::string gap = std::isfinite(progress.gap) ? round_trip(progress.gap) : "null";
  return fmt::format(R"({{"phase":{},"fraction":{},"points":{},"gap":{},"elapsed_s":{}}})", json_quoted(progress.phase),
                     round_trip(progress.fraction), progress.points, gap, round_trip(elapsed_s));
}

ProgressLine::ProgressLine(const Session& session) : session_(session), terminal_(session.on_terminal()) {
  if (!session.quiet && !session.progress_json)
    teller_ = std::jthread([this](const std::stop_token& ended) { tell(ended); });
}

ProgressLine::~ProgressLine() {
  if (!teller_.joinable()) return;
  teller_.request_stop();
  teller_.join();
  if (terminal_) session_.end_progress();
}

void ProgressLine::show(const Progress& progress) {
  const std::scoped_lock lock(mutex_);
  latest_ = progress;
  if (!session_.progress_json) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - written_ < kObject) return;
  written_ = now;
  session_.progress_line(progress_object(progress, std::chrono::duration<double>(now - start_).count()));
}

void ProgressLine::tell(const std::stop_token& ended) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, ended, terminal_ ? std::chrono::steady_clock::duration(kRedraw) : kLine,
                      [] { return false; });
    if (ended.stop_requested()) return;
    if (!latest_) continue;
    const double elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (terminal_)
      session_.progress(latest_->phase, latest_->fraction, facts_text(*latest_));
    else
      session_.say(progress_text(*latest_, elapsed_s));
  }
}

}  // namespace cleave::cli
