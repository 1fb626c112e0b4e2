#include "model/einsum.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <utility>

namespace cleave {

namespace {

using Labels = std::vector<AxisLabel>;

constexpr std::string_view ellipsis = "...";
constexpr std::string_view arrow = "->";

std::vector<std::string_view> terms_of(std::string_view text) {
  std::vector<std::string_view> terms;
  while (true) {
    const std::size_t comma = text.find(',');
    terms.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return terms;
    text.remove_prefix(comma + 1);
  }
}

bool has_ellipsis(std::string_view term) { return term.find(ellipsis) != std::string_view::npos; }

void append_ellipsis(Labels& labels, std::size_t width) {
  for (std::size_t i = width; i > 0; --i) labels.push_back(-static_cast<AxisLabel>(i));
}

/// The axes of a term whose "..." stands for `width` of them.
std::optional<Labels> labels_of(std::string_view term, std::size_t width) {
  Labels labels;
  bool met = false;
  while (!term.empty()) {
    const bool dots = term.starts_with(ellipsis);
    if ((dots && met) || (!dots && !std::isalpha(static_cast<unsigned char>(term[0])))) return std::nullopt;
    if (dots)
      append_ellipsis(labels, width);
    else
      labels.push_back(term[0]);
    met = met || dots;
    term.remove_prefix(dots ? ellipsis.size() : 1);
  }
  return labels;
}

/// How many axes "..." stands for in a term of an operand.
std::optional<std::size_t> width_of(std::string_view term, std::size_t rank) {
  const bool dots = has_ellipsis(term);
  const std::size_t letters = term.size() - (dots ? ellipsis.size() : 0);
  if (letters > rank || (!dots && letters < rank)) return std::nullopt;
  return rank - letters;
}

bool join_extent(std::map<AxisLabel, std::int64_t>& extents, AxisLabel label, std::int64_t extent) {
  const auto [known, is_new] = extents.emplace(label, extent);
  if (is_new || extent == 1 || known->second == extent) return true;
  if (known->second != 1) return false;
  known->second = extent;
  return true;
}

/// Without an arrow: what "..." stands for, then the letters that occur once, in the order of their codes.
Labels implied_result(const Einsum& einsum, std::size_t width) {
  std::map<AxisLabel, int> counts;
  for (const Labels& operand : einsum.operands)
    for (const AxisLabel label : operand) ++counts[label];
  Labels result;
  append_ellipsis(result, width);
  for (const auto& [label, count] : counts)
    if (label > 0 && count == 1) result.push_back(label);
  return result;
}

std::optional<Labels> stated_result(const Einsum& einsum, std::string_view term, std::size_t width) {
  std::optional<Labels> result = labels_of(term, width);
  if (!result || (width > 0 && !has_ellipsis(term))) return std::nullopt;
  for (const AxisLabel label : *result)
    if (!einsum.extents.contains(label) || std::ranges::count(*result, label) > 1) return std::nullopt;
  return result;
}

}  // namespace

Shape Einsum::result_shape() const {
  Shape shape;
  for (const AxisLabel label : result) shape.push_back(extents.at(label));
  return shape;
}

std::optional<Einsum> read_einsum(const std::string& equation, const std::vector<Shape>& operands) {
  std::string text = equation;
  std::erase(text, ' ');
  const std::size_t end = text.find(arrow);
  const std::vector<std::string_view> terms = terms_of(std::string_view(text).substr(0, end));
  if (terms.size() != operands.size()) return std::nullopt;
  Einsum einsum;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto width = width_of(terms[i], operands[i].size());
    auto labels = width ? labels_of(terms[i], *width) : std::nullopt;
    if (!labels) return std::nullopt;
    for (std::size_t axis = 0; axis < labels->size(); ++axis)
      if (!join_extent(einsum.extents, (*labels)[axis], operands[i][axis])) return std::nullopt;
    widest = std::max(widest, *width);
    einsum.operands.push_back(std::move(*labels));
  }
  const auto result = end == std::string::npos
                          ? std::optional(implied_result(einsum, widest))
                          : stated_result(einsum, std::string_view(text).substr(end + arrow.size()), widest);
  if (!result) return std::nullopt;
  einsum.result = *result;
  return einsum;
}

}  // namespace cleave
