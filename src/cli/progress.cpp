#include "cli/progress.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw(100);
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

ProgressLine::ProgressLine(const Session& session) : session_(session), draws_(session.progress_json || session.on_terminal()) {
  if (!session.quiet || session.progress_json) teller_ = std::jthread([this](const std::stop_token& ended) { tell(ended); });
}

ProgressLine::~ProgressLine() {
  if (!teller_.joinable()) return;
  teller_.request_stop();
  teller_.join();
  if (draws_) session_.end_progress();
}

void ProgressLine::show(const Progress& progress) {
  const std::scoped_lock lock(mutex_);
  latest_ = progress;
}

void ProgressLine::tell(const std::stop_token& ended) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, ended, draws_ ? std::chrono::steady_clock::duration(kRedraw) : kLine,
                      [] { return false; });
    if (ended.stop_requested()) return;
    if (!latest_) continue;
    const double elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (draws_)
      session_.progress(latest_->phase, latest_->fraction, facts_text(*latest_));
    else
      session_.say(progress_text(*latest_, elapsed_s));
  }
}

}  // namespace cleave::cli
