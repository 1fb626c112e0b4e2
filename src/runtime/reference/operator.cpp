#include "runtime/reference/operator.hpp"

#include <cleave/runtime.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace cleave::reference {
namespace {

std::array<std::span<const Operator>, 10> families() {
  return {conv_operators(),          matmul_operators(),   pool_operators(),     unary_operators(),
          binary_operators(),        movement_operators(), indexing_operators(), creation_operators(),
          normalization_operators(), reduction_operators()};
}

std::int64_t to_integer(double x) {
  constexpr double limit = 9007199254740992.0;  // 2^53: beyond it doubles skip integers; slices say "to the end" so
  return static_cast<std::int64_t>(std::clamp(x, -limit, limit));
}

}  // namespace

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw Refusal(otherwise);
}

bool NodeView::has_input(std::size_t index) const { return index < node.inputs.size() && node.inputs[index].valid(); }

std::int64_t NodeView::integer(const std::string& key, std::int64_t fallback) const {
  return node.attribute(key, fallback);
}

double NodeView::real(const std::string& key, float fallback) const {
  return static_cast<double>(node.attribute(key, fallback));
}

std::string NodeView::text(const std::string& key, const std::string& fallback) const {
  return node.attribute(key, fallback);
}

std::vector<std::int64_t> NodeView::integers(const std::string& key) const {
  return node.attribute(key, std::vector<std::int64_t>{});
}

std::vector<std::int64_t> Call::integers_of(std::size_t index) const {
  std::vector<std::int64_t> items;
  for (const double x : array(index).data) items.push_back(to_integer(x));
  return items;
}

std::vector<std::int64_t> Call::integers_from(const std::string& key, std::size_t index) const {
  if (node.has(key)) return integers(key);
  return has_input(index) ? integers_of(index) : std::vector<std::int64_t>{};
}

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  const auto extent = static_cast<std::int64_t>(rank);
  require(-extent <= axis && axis < extent, fmt::format("axis {} is outside a tensor of {} dimensions", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + extent : axis);
}

void check_broadcast(const NodeView& view) {
  for (std::size_t i = 0; i < view.node.inputs.size(); ++i) {
    require(!view.has_input(i) || broadcasts_to(view.shape(i), view.output().shape),
            fmt::format("input {} does not broadcast to the shape of the output", i));
  }
}

void check_same_count(const NodeView& view) {
  require(element_count(view.shape(0)) == element_count(view.output().shape),
          "the output has another number of elements than the input");
}

void check_same_shape(const NodeView& view) {
  require(view.shape(0) == view.output().shape, "the output has another shape than the input");
}

const Operator* find_operator(std::string_view type) {
  for (const std::span<const Operator> family : families()) {
    const auto found = std::ranges::find(family, type, &Operator::type);
    if (found != family.end()) return &*found;
  }
  return nullptr;
}

}  // namespace cleave::reference

namespace cleave {

std::vector<std::string> reference_operator_types() {
  std::vector<std::string> types;
  for (const auto family : reference::families()) {
    for (const reference::Operator& row : family) types.emplace_back(row.type);
  }
  std::ranges::sort(types);
  return types;
}

}  // namespace cleave
