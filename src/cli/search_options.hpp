#pragma once
/// What `sweep` and `plan` have in common: a model, a cluster, and how long to search.

#include "cli/session.hpp"
#include "report/plan_file.hpp"

#include <cstdint>
#include <string>

namespace cleave::cli {

struct SearchOptions {
  std::string cluster;
  std::int64_t batch = 1;
  double time_limit_s = kCannot;
  bool latency = false;         ///< a third objective
  std::string solver = "auto";  ///< a name of a Solver
};

/// Reads network and cluster. What that takes counts towards the time limit, of which a tenth is left in any case.
[[nodiscard]] Setting read_in_time(const std::string& model, SearchOptions& options);

void add_search_options(CLI::App& verb, SearchOptions& options);

/// Searches with progress on stderr. Throws InfeasibleError with the reason when there is no plan, and what
/// end_out_of_time throws where it may only not have been found yet.
/// No points: the user stopped it before there was one.
[[nodiscard]] Frontier search(const Session& session, const Setting& setting, const SearchOptions& options,
                              const Limits& limits = {});

/// What ends a verb that was stopped before it had anything to write: by the user, or by its time limit.
[[noreturn]] void end_interrupted();
[[noreturn]] void end_out_of_time();

}  // namespace cleave::cli
