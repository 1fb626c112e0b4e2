#include "cli/cost_sources.hpp"

#include "base/text.hpp"
#include "cli/text_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <set>

namespace cleave::cli {
namespace {

std::string operator_text(const Priced& row) {
  const auto& [op, cost, fields] = row;
  if (!std::isfinite(cost.seconds))
    return fmt::format("\n{} ({}): cannot: {}\n", op->name, name_of(op->kind), cost.reason);
  std::string text = fmt::format("\n{} ({}): {}, {}, limited by {}\n", op->name, name_of(op->kind),
                                 si(cost.seconds, "s"), si(cost.joules, "J"), cost.limit);
  TextTable table({"  part", "time", "energy", "from"}, {0, 3});
  for (std::size_t i = 0; i < cost.parts.size(); ++i) {
    const CostPart& part = cost.parts[i];
    if (part.seconds == 0 && part.joules == 0) continue;
    table.add({fmt::format("  {}", part.name), si(part.seconds, "s"), si(part.joules, "J"),
               fmt::format("{}", fmt::join(fields[i], ", "))});
  }
  return text + table.text();
}

}  // namespace

Quantities fields_used(const std::vector<Priced>& rows, const Profile& profile) {
  std::set<std::string> used;
  for (const Priced& row : rows)
    for (const auto& of_part : row.fields) used.insert(of_part.begin(), of_part.end());
  Quantities quantities;
  for (const std::string& name : used) quantities.emplace_back(name, profile.numbers.at(name));
  return quantities;
}

std::string sources_text(const std::vector<Priced>& rows, const Profile& profile) {
  std::string text;
  for (const Priced& row : rows) text += operator_text(row);
  return text + "\n" + quantities_text(fields_used(rows, profile));
}

}  // namespace cleave::cli
