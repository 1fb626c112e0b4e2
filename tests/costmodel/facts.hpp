#pragma once
/// Reference tables beside the repository. Tests that need one are skipped where it is not.

#include "base/text.hpp"

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace cleave {

using FactRow = std::map<std::string, std::string>;

/// The rows of a CSV file by column name; empty when the file is not there.
inline std::vector<FactRow> facts(const std::string& name) {
  std::ifstream file(std::string(CLEAVE_SOURCE_DIR) + "/../shared/facts/" + name);
  std::string line;
  std::vector<std::string> columns;
  if (std::getline(file, line)) columns = split_csv_line(line);
  std::vector<FactRow> rows;
  while (std::getline(file, line)) {
    const auto fields = split_csv_line(line);
    FactRow& row = rows.emplace_back();
    for (std::size_t i = 0; i < columns.size() && i < fields.size(); ++i) row[columns[i]] = fields[i];
  }
  return rows;
}

inline double real(const FactRow& row, const std::string& column) { return std::stod(row.at(column)); }
inline std::int64_t whole(const FactRow& row, const std::string& column) { return std::stoll(row.at(column)); }

}  // namespace cleave
