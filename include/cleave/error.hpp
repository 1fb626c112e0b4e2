#pragma once
/// What can go wrong, and the exit code that each kind of trouble gets.

#include <stdexcept>
#include <string>

namespace cleave {

/// Process exit codes of the command line; scripts rely on them.
enum class ExitCode : int {
  done = 0,
  bug = 1,
  usage = 2,
  bad_input = 3,
  infeasible = 4,
  invalid_measurement = 5,
  verification_failed = 6,
  interrupted = 75,
};

/// Base of every error that the library reports on purpose. Anything else that escapes is a bug.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(whole(message)), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  /// what() ends at the first character of code 0, which a file that is quoted may hold: it is shown instead.
  static std::string whole(const std::string& message) {
    std::string text;
    for (const char c : message) text += c == '\0' ? std::string("\\x00") : std::string(1, c);
    return text;
  }

  ExitCode code_;
};

/// The request itself makes no sense (unknown option value, contradiction).
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

/// A file is not what it should be. Reads as one sentence:
/// "FILE: PLACE: what is wrong; what would be right".
/// `place` is a JSON pointer, a node name or "line N"; it may be empty.
struct InputError : Error {
  InputError(const std::string& file, const std::string& place, const std::string& problem, const std::string& repair)
      : Error(ExitCode::bad_input,
              file + ": " + (place.empty() ? "" : place + ": ") + problem + (repair.empty() ? "" : "; " + repair)) {}
};

/// There is no plan. Names the resource, how much was asked and how much there is.
struct InfeasibleError : Error {
  explicit InfeasibleError(const std::string& message) : Error(ExitCode::infeasible, message) {}
};

/// A plan does not compute what it should, or its score is wrong.
struct VerificationError : Error {
  explicit VerificationError(const std::string& message) : Error(ExitCode::verification_failed, message) {}
};

}  // namespace cleave
