// What cleave-execution.so exports.
#include "cli/execution.hpp"

extern "C" const void* cleave_execution() {
  static constexpr cleave::cli::Execution table{.run = cleave::cli::run, .profile = cleave::cli::profile};
  return &table;
}
