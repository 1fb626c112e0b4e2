#include "space/ledger.hpp"

#include "base/files.hpp"
#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "space/sealed_line.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace cleave {
namespace {

namespace fs = std::filesystem;

constexpr auto kChunk = std::chrono::milliseconds(500);
constexpr std::size_t kChunkBytes = 1 << 16;  ///< written while they are in the cache
constexpr std::string_view kSchema = "cleave.ledger/5";

std::string identity_text(const SweepIdentity& identity) {
  JsonWriter json;
  json.begin_object().field("schema", kSchema);
  for (const auto& [name, value] : identity) json.field(name, value);
  json.end_object();
  return json.text();
}

/// First of each shard, so that what another sweep left in the folder is told from what this one found.
std::string first_line(const SweepIdentity& identity) {
  std::string text;
  for (const auto& [name, value] : identity)
    text += fmt::format("{}[{},{}]", text.empty() ? "" : ",", json_quoted(name), json_quoted(value));
  return fmt::format("{{\"schema\":{},\"sweep\":[{}]}}", json_quoted(kSchema), text);
}

[[noreturn]] void fail_to_write(const fs::path& path) {
  throw InputError(path.string(), "", fmt::format("cannot be written: {}", std::strerror(errno)),
                   "check permissions and space there");
}

bool is_shard(const fs::path& path) { return path.extension() == ".jsonl"; }

}  // namespace

Ledger::Ledger(fs::path folder, std::optional<std::size_t> rank, const SweepIdentity& identity, bool resume)
    : folder_(std::move(folder)), rank_(rank), first_line_(first_line(identity)) {
  std::error_code unknown;
  if (!rank_ && !fs::exists(folder_ / "sweep.json", unknown))
    throw InputError(folder_.string(), "", "has no ledger of a sweep", "give the folder that one writes to");
  check_identity(identity, resume);
  resumed_ = resume && fs::exists(folder_ / "sweep.json", unknown);
  if (rank_) {
    // Every process writes the same, whole or not at all.
    write_file(folder_ / "sweep.json", identity_text(identity));
    open(resume);
  }
  if (resume && rank_) read(shard_of(*rank_));
  if (resume) (void)reload();
  opened_ = true;
}

Ledger::~Ledger() {
  try {
    flush();
  } catch (const Error&) {
    // What is not written is found again.
  }
  if (file_ >= 0) ::close(file_);
}

void Ledger::check_identity(const SweepIdentity& identity, bool resume) const {
  const fs::path path = folder_ / "sweep.json";
  std::error_code unknown;
  if (!resume || !fs::exists(path, unknown)) return;
  std::map<std::string, std::string> was;
  for (const auto& [name, value] : JsonView::read(path.string()).members()) was[name] = value.string();
  const auto refuse = [&](const std::string& what) {
    throw UsageError(
        fmt::format("{} is the ledger of another sweep: {}; leave out --resume to begin anew", folder_.string(), what));
  };
  if (was["schema"] != kSchema) refuse(fmt::format("its form is {}, this program's is {}", was["schema"], kSchema));
  was.erase("schema");
  for (const auto& [name, value] : identity) {
    const auto before = was.find(name);
    if (before == was.end()) refuse(fmt::format("it has no {}", name));
    if (before->second != value) refuse(fmt::format("{} was {}, now it is {}", name, before->second, value));
    was.erase(before);
  }
  if (!was.empty()) refuse(fmt::format("it has {}", was.begin()->first));
}

fs::path Ledger::shard_of(std::size_t rank) const { return folder_ / fmt::format("shard-{}.jsonl", rank); }

void Ledger::open(bool resume) {
  const fs::path path = shard_of(*rank_);
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) fail_to_write(path);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
    throw UsageError(
        fmt::format("another sweep is working in {}; wait for it, or write elsewhere", folder_.parent_path().string()));
  if ((!resume || !is_ours(path)) && ::ftruncate(file_, 0) != 0) fail_to_write(path);
  // A torn last line ends here, so that the next one is whole.
  const off_t size = ::lseek(file_, 0, SEEK_END);
  char last = '\n';
  if (size == 0) waiting_ = first_line_ + "\n";
  if (size > 0 && ::pread(file_, &last, 1, size - 1) == 1 && last != '\n') waiting_ = "\n";
}

std::shared_ptr<const GroupOutcome> Ledger::take(std::size_t group) {
  const auto line = known_.extract(group);
  if (!line) return nullptr;
  try {
    return std::make_shared<GroupOutcome>(entry_of(line.mapped(), folder_.string()).outcome);
  } catch (const InputError&) {
    return nullptr;  // torn by a kill: it is searched again
  }
}

bool Ledger::heard_of(std::size_t rank) const {
  const auto shard = read_.find(shard_of(rank));
  return shard != read_.end() && shard->second > 0;
}

int Ledger::ends(std::size_t group) const {
  const auto past = past_.find(group);
  return past == past_.end() ? 0 : past->second.begun;
}

bool Ledger::quarantined(std::size_t group) const {
  const auto past = past_.find(group);
  return past != past_.end() && past->second.quarantined;
}

void Ledger::tell(std::size_t group, SearchEvent event) {
  if (!resumed_) return;
  const std::lock_guard lock(mutex_);
  waiting_ += sealed(line_of(group, event)) + "\n";
  flush();
}

void Ledger::remember(std::size_t group, SearchEvent event) {
  Past& past = past_[group];
  if (event == SearchEvent::begun) ++past.begun;
  if (event == SearchEvent::left) --past.begun;
  if (event == SearchEvent::quarantined) past = {.begun = 0, .quarantined = true};
}

void Ledger::add(std::size_t group, const GroupOutcome& outcome) {
  const std::string line = sealed(line_of(group, outcome));
  const std::lock_guard lock(mutex_);
  (waiting_ += line) += '\n';
  if (waiting_.size() < kChunkBytes && std::chrono::steady_clock::now() - written_ < kChunk) return;
  written_ = std::chrono::steady_clock::now();
  flush();
}

void Ledger::flush() {
  while (!waiting_.empty()) {
    const ssize_t written = ::write(file_, waiting_.data(), waiting_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(shard_of(*rank_));
    waiting_.erase(0, static_cast<std::size_t>(written));
  }
}

bool Ledger::is_ours(const fs::path& shard) const {
  std::ifstream file(shard, std::ios::binary);
  std::string line;
  return std::getline(file, line) && !file.eof() && line == first_line_;
}

/// Whole lines that are not known yet. One that is no entry was torn by a kill, or changed: its group is searched
/// again.
std::vector<std::size_t> Ledger::read(const fs::path& shard) {
  std::error_code gone;
  std::uintmax_t& known_bytes = read_[shard];
  const std::uintmax_t bytes = fs::file_size(shard, gone);
  if (gone || bytes == known_bytes) return {};
  if (bytes < known_bytes) known_bytes = 0;  // it began anew
  if (known_bytes == 0) {
    if (!is_ours(shard)) return {};
    known_bytes = first_line_.size() + 1;
  }
  std::ifstream file(shard, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(known_bytes));
  std::vector<std::size_t> groups;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    known_bytes += line.size() + 1;
    const auto head = is_sealed(line) ? head_of(line) : std::nullopt;
    if (head && head->event != SearchEvent::found && !opened_) remember(head->group, head->event);
    if (!head || head->event != SearchEvent::found) continue;
    if (known_.emplace(head->group, std::move(line)).second) groups.push_back(head->group);
  }
  return groups;
}

std::vector<std::size_t> Ledger::reload() {
  std::vector<std::size_t> groups;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (!is_shard(entry.path()) || (rank_ && entry.path() == shard_of(*rank_))) continue;
    const std::vector<std::size_t> more = read(entry.path());
    groups.insert(groups.end(), more.begin(), more.end());
  }
  return groups;
}

}  // namespace cleave
