/// Lines of a ledger from any bytes: either what a group found, which is written as it was read, or an InputError.

#include "space/group_outcome.hpp"
#include "space/sealed_line.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)cleave::head_of(text);
  (void)cleave::is_sealed(text);
  try {
    const cleave::LedgerEntry entry = cleave::entry_of(text, "shard");
    for (const auto& frontier : entry.outcome.frontiers)
      for (const std::size_t at : frontier)
        if (at >= entry.outcome.plans.size()) std::abort();
    for (const std::size_t at : entry.outcome.infeasible)
      if (at >= entry.outcome.frontiers.size()) std::abort();
    const std::string line = line_of(entry.group, entry.outcome);
    if (const auto head = cleave::head_of(line); !head || head->group != entry.group) std::abort();
    if (!cleave::is_sealed(cleave::sealed(line))) std::abort();
    const cleave::LedgerEntry again = cleave::entry_of(line, "shard");
    if (line_of(again.group, again.outcome) != line) std::abort();
  } catch (const cleave::InputError&) {
  }
  return 0;
}
