#pragma once
/// What a sweep has found so far, on disk: a shard per process, to which it alone appends, a line per group of points.
/// Who found a group does not matter, so that a killed process costs what it had not written yet, and its work is
/// anyone's. A shard that another sweep left in the folder does not count.

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

  /// Of a group, if it was there at the beginning or another process has written it since.
  [[nodiscard]] std::shared_ptr<const GroupOutcome> find(std::size_t group) const;
  /// Safe from any thread. Written at once when the last writing was half a second ago.
  void add(std::size_t group, const GroupOutcome& outcome);
  void flush();
  /// Reads what other processes have written since; true when there is something new.
  bool reload();

 private:
  void open(bool resume);
  [[nodiscard]] bool is_ours(const std::filesystem::path& shard) const;
  [[nodiscard]] std::filesystem::path own_shard() const;
  void check_identity(const SweepIdentity& identity, bool resume) const;
  std::size_t read(const std::filesystem::path& shard);

  std::filesystem::path folder_;
  std::optional<std::size_t> rank_;
  std::string first_line_;  ///< of every shard of this sweep
  int file_ = -1;
  std::map<std::size_t, std::shared_ptr<const GroupOutcome>> known_;
  std::map<std::filesystem::path, std::uintmax_t> read_;  ///< bytes of each shard whose lines are known
  std::mutex mutex_;
  std::string waiting_;  ///< lines to be written
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

}  // namespace cleave
