#pragma once
/// What a sweep has found so far, on disk: a shard per process, to which it alone appends, a line per group of points.
/// Who found a group does not matter, so that a killed process costs what it had not written yet, and its work is
/// anyone's. A shard that another sweep left in the folder does not count.
///
/// A search may be what ends its process: it takes more memory than there is, or there is a bug. A sweep that is
/// resumed writes which groups it begins, so that those that ended with their process are known.

#include "space/group_outcome.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// What a sweep is of, by name: ("axis cim.count", "0,1,2"), ("cluster edge4", fingerprint).
using SweepIdentity = std::vector<std::pair<std::string, std::string>>;

class Ledger {
 public:
  /// Opens the ledger in `folder` for process `rank`; without one it is read only. With `resume`, lines that are there
  /// count; else the own shard begins anew. Throws UsageError where it is of another sweep (names what differs), or
  /// another process has the shard; InputError where it cannot be read or written.
  Ledger(std::filesystem::path folder, std::optional<std::size_t> rank, const SweepIdentity& identity, bool resume);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  /// Writes what is left.
  ~Ledger();

  /// Of a group, if it was there at the beginning or another process has written it since. It is forgotten then: all of
  /// a large sweep at once would be much.
  [[nodiscard]] std::shared_ptr<const GroupOutcome> take(std::size_t group);
  [[nodiscard]] bool has(std::size_t group) const { return known_.contains(group); }
  /// Has process `rank` of this sweep begun its shard?
  [[nodiscard]] bool heard_of(std::size_t rank) const;
  /// Of the processes before this one: how many ended while they searched this group, since it was last left out.
  [[nodiscard]] int ends(std::size_t group) const;
  /// It was left out, and has not been found since.
  [[nodiscard]] bool quarantined(std::size_t group) const;

  /// Safe from any thread. Written at once when the last writing was half a second ago, or much waits.
  void add(std::size_t group, const GroupOutcome& outcome);
  /// Any event but `found`; safe from any thread. Written at once, and only where something was resumed.
  void tell(std::size_t group, SearchEvent event);
  void flush();
  /// Groups that other processes have written since.
  [[nodiscard]] std::vector<std::size_t> reload();

 private:
  void open(bool resume);
  [[nodiscard]] bool is_ours(const std::filesystem::path& shard) const;
  [[nodiscard]] std::filesystem::path shard_of(std::size_t rank) const;
  void check_identity(const SweepIdentity& identity, bool resume) const;
  std::vector<std::size_t> read(const std::filesystem::path& shard);
  void remember(std::size_t group, SearchEvent event);

  /// Of a group before this process.
  struct Past {
    int begun = 0;  ///< and neither found nor left
    bool quarantined = false;
  };

  std::filesystem::path folder_;
  std::optional<std::size_t> rank_;
  std::string first_line_;  ///< of every shard of this sweep
  int file_ = -1;
  std::map<std::size_t, std::string> known_;  ///< lines: most are read once, and some never
  std::map<std::size_t, Past> past_;
  bool resumed_ = false;                                  ///< others were at work before
  bool opened_ = false;                                   ///< what comes later is not the past
  std::map<std::filesystem::path, std::uintmax_t> read_;  ///< bytes of each shard whose lines are known
  std::mutex mutex_;
  std::string waiting_;  ///< lines to be written
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

}  // namespace cleave
