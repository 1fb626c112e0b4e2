/// Operators that look elements up by position.

#include "runtime/reference/operator.hpp"

#include <fmt/core.h>

namespace cleave::reference {
namespace {

/// `index` counted from the front.
std::int64_t wrapped(std::int64_t index, std::int64_t extent) {
  require(-extent <= index && index < extent, fmt::format("index {} is outside an axis of {}", index, extent));
  return index < 0 ? index + extent : index;
}

std::size_t gather_axis(const NodeView& view) { return axis_of(view.integer("axis", 0), view.shape(0).size()); }

void check_gather(const NodeView& view) {
  const std::size_t axis = gather_axis(view);
  Shape expected = view.shape(0);
  const auto at = expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(axis));
  expected.insert(at, view.shape(1).begin(), view.shape(1).end());
  require(view.output().shape == expected, "the output is not the data with the indices in place of an axis");
}

std::vector<Array> gather(const Call& call) {
  const std::size_t axis = gather_axis(call);
  std::vector<std::vector<std::int64_t>> maps;
  for (const std::int64_t extent : call.shape(0)) maps.push_back(all_of(extent));
  maps[axis] = call.integers_of(1);
  for (std::int64_t& index : maps[axis]) index = wrapped(index, call.shape(0)[axis]);
  return {{call.output().shape, pick(call.array(0), maps).data}};
}

void check_gather_elements(const NodeView& view) {
  const Shape& data = view.shape(0);
  const Shape& indices = view.shape(1);
  const std::size_t axis = gather_axis(view);
  require(indices.size() == data.size(), "data and indices differ in their number of axes");
  for (std::size_t i = 0; i < data.size(); ++i) {
    require(i == axis || indices[i] <= data[i], fmt::format("the indices are longer than the data in axis {}", i));
  }
  require(view.output().shape == indices, "the output has another shape than the indices");
}

std::vector<Array> gather_elements(const Call& call) {
  const std::size_t axis = gather_axis(call);
  const Shape strides = strides_of(call.shape(0));
  const Shape index_strides = strides_of(call.shape(1));
  Array y{call.output().shape, {}};
  std::int64_t flat = 0;
  for (const std::int64_t index : call.integers_of(1)) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < strides.size(); ++i) {
      const std::int64_t own = flat / index_strides[i] % call.shape(1)[i];
      place += strides[i] * (i == axis ? wrapped(index, call.shape(0)[axis]) : own);
    }
    y.data.push_back(call.array(0).data[static_cast<std::size_t>(place)]);
    ++flat;
  }
  return {y};
}

std::size_t batch_axes(const NodeView& view) {
  const std::int64_t axes = view.integer("batch_dims", 0);
  const auto limit = static_cast<std::int64_t>(std::min(view.shape(0).size(), view.shape(1).size()));
  require(0 <= axes && axes < limit, "batch_dims is outside the axes of data and indices");
  return static_cast<std::size_t>(axes);
}

void check_gather_nd(const NodeView& view) {
  const Shape& data = view.shape(0);
  const Shape& indices = view.shape(1);
  const auto batch = static_cast<std::ptrdiff_t>(batch_axes(view));
  require(indices.back() >= 1 && batch + indices.back() <= static_cast<std::int64_t>(data.size()),
          "an index has more entries than the data has axes");
  require(std::equal(data.begin(), data.begin() + batch, indices.begin()), "data and indices differ in a batch axis");
  Shape expected(indices.begin(), indices.end() - 1);
  expected.insert(expected.end(), data.begin() + batch + indices.back(), data.end());
  require(view.output().shape == expected, "the output is not the indices with slices in place of their last axis");
}

std::vector<Array> gather_nd(const Call& call) {
  const Shape& data = call.shape(0);
  const std::size_t batch = batch_axes(call);
  const auto depth = static_cast<std::size_t>(call.shape(1).back());
  const std::int64_t slice = extent_between(data, batch + depth, data.size());
  const std::int64_t batch_stride = extent_between(data, batch, data.size());
  const std::vector<std::int64_t> indices = call.integers_of(1);
  const std::size_t per_batch = static_cast<std::size_t>(extent_between(call.shape(1), batch, call.shape(1).size()));
  const Shape strides = strides_of(data);
  Array y{call.output().shape, {}};
  for (std::size_t at = 0; at < indices.size(); at += depth) {
    std::int64_t place = static_cast<std::int64_t>(at / per_batch) * batch_stride;
    for (std::size_t i = 0; i < depth; ++i) place += strides[batch + i] * wrapped(indices[at + i], data[batch + i]);
    const auto begin = call.array(0).data.begin() + place;
    y.data.insert(y.data.end(), begin, begin + slice);
  }
  return {y};
}

constexpr Operator rows[] = {
    {"Gather", 2, 2, 1, gather, check_gather},
    {"GatherElements", 2, 2, 1, gather_elements, check_gather_elements},
    {"GatherND", 2, 2, 1, gather_nd, check_gather_nd},
};

}  // namespace

std::span<const Operator> indexing_operators() { return rows; }

}  // namespace cleave::reference
