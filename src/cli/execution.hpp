#pragma once
/// The verbs that compute, as a table: their kernels' libraries take longer to load than a search takes.

#include "cli/run_request.hpp"
#include "cli/session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave::cli {

struct ProfileRequest {
  std::string output;
  std::string name = {};        ///< empty: after the engine
  std::string engine = "fp32";  ///< or opencl
  double time_budget_s = 120;
  std::vector<std::string> models;
  std::vector<std::int64_t> batches = {1};  ///< of these
  std::vector<std::string> check;
};

/// Each gives the exit code.
struct Execution {
  int (*run)(const Session& session, const RunRequest& request) = nullptr;
  int (*profile)(const Session& session, const ProfileRequest& request) = nullptr;
};

/// The table of cleave-execution.so.
[[nodiscard]] const Execution& execution();

[[nodiscard]] int run(const Session& session, const RunRequest& request);
[[nodiscard]] int profile(const Session& session, const ProfileRequest& request);

}  // namespace cleave::cli
