#include "space/ranks.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace cleave {
namespace {

std::optional<std::size_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text) return std::nullopt;
  const std::string_view word = text;
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || stop != word.data() + word.size())
    throw UsageError(fmt::format("{} is \"{}\"; it must be a whole number", variable, word));
  return number;
}

}  // namespace

Rank rank_here() {
  constexpr struct {
    const char *rank, *ranks, *first;
  } launchers[] = {{"CLEAVE_RANK", "CLEAVE_RANKS", nullptr},
                   {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", nullptr},
                   {"PMI_RANK", "PMI_SIZE", nullptr},
                   {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"}};
  for (const auto& launcher : launchers) {
    const auto number = number_in(launcher.rank);
    const auto of = number_in(launcher.ranks);
    if (!number || !of) continue;
    const std::size_t first = launcher.first ? number_in(launcher.first).value_or(0) : 0;
    if (*number < first || *number - first >= *of)
      throw UsageError(fmt::format("{} is {} and {} is {}: ranks are 0 to {}", launcher.rank, *number, launcher.ranks,
                                   *of, *of == 0 ? 0 : *of - 1));
    return {*number - first, *of};
  }
  return {};
}

std::size_t rank_of_unit(std::size_t unit, std::size_t ranks) {
  // Multiples of the golden ratio, modulo 1, fill the interval evenly, however many there are.
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
  return static_cast<std::size_t>(((unit * golden) >> 32) * ranks >> 32);
}

}  // namespace cleave
