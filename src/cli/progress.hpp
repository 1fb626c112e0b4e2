#pragma once
/// Progress of a search, on stderr.

#include "cli/session.hpp"

#include <cleave/explore.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace cleave::cli {

/// "lattice: 43 %, 12 points, gap 3.2 %, 20 s": what is known of it.
[[nodiscard]] std::string progress_text(const Progress& progress, double elapsed_s);

/// The same for programs: a JSON object.
[[nodiscard]] std::string progress_object(const Progress& progress, double elapsed_s);

/// While it lives it says how far a search is: on a terminal in a line that overwrites itself, elsewhere in a line
/// every ten seconds, whether or not the search has news; with --progress json as
/// objects, at most twice a second. Silent with -q, but for those.
class ProgressLine {
 public:
  explicit ProgressLine(const Session& session);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Does anybody see it? Where not, what it says need not be worked out.
  [[nodiscard]] bool is_seen() const { return !session_.quiet || session_.progress_json; }
  /// Safe from any thread; cheap.
  void show(const Progress& progress);
  void show(std::string phase, double fraction) { show({.phase = std::move(phase), .fraction = fraction}); }

 private:
  void tell(const std::stop_token& ended);

  const Session& session_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point written_ = {};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Progress> latest_;
  std::jthread teller_;  ///< ends before what it reads from
};

}  // namespace cleave::cli
