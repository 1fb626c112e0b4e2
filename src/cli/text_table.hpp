#pragma once
/// Columns for people.

#include <string>
#include <vector>

namespace cleave::cli {

/// Rows of text, control characters escaped, aligned: the first column left, the others right, unless `left` names
/// them.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header, std::vector<std::size_t> left = {0});
  void add(std::vector<std::string> row);
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> left_;
};

}  // namespace cleave::cli
