/// Pooling: one number for what each window sees of a channel.

#include "runtime/reference/operator.hpp"
#include "runtime/reference/window.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace cleave::reference {
namespace {

Window pool_window(const NodeView& view) {
  require(view.node.has("kernel_shape"), "attribute kernel_shape is missing");
  const Window window = window_of(view, view.integers("kernel_shape"));
  require(std::equal(view.shape(0).begin(), view.shape(0).begin() + 2, view.output().shape.begin()),
          "the output needs batch and channels of the input");
  return window;
}

void check_pool(const NodeView& view) { (void)pool_window(view); }

/// `reduce(plane, first tap, last tap)` for each channel and output position.
template <class Reduce>
std::vector<Array> pool(const Call& call, const Reduce& reduce) {
  const Window window = pool_window(call);
  const std::vector<std::int64_t> taps = taps_of(window);
  const std::int64_t plane = element_count(window.input);
  const std::int64_t planes = call.shape(0)[0] * call.shape(0)[1];
  Array y{call.output().shape, {}};
  y.data.reserve(static_cast<std::size_t>(planes * window.positions()));
  for (std::int64_t p = 0; p < planes; ++p) {
    const double* channel = call.array(0).data.data() + p * plane;
    for (auto tap = taps.begin(); tap != taps.end(); tap += window.kernel_elements()) {
      y.data.push_back(reduce(channel, tap, tap + window.kernel_elements()));
    }
  }
  return {y};
}

std::vector<Array> max_pool(const Call& call) {
  return pool(call, [](const double* channel, auto tap, auto end) {
    double best = -std::numeric_limits<double>::infinity();
    for (; tap != end; ++tap) {
      if (*tap >= 0) best = std::max(best, channel[*tap]);
    }
    return best;
  });
}

std::vector<Array> average_pool(const Call& call) {
  const bool count_padding = call.integer("count_include_pad", 0) != 0;
  return pool(call, [count_padding](const double* channel, auto tap, auto end) {
    double sum = 0;
    std::int64_t count = 0;
    for (; tap != end; ++tap) {
      if (*tap >= 0) sum += channel[*tap];
      if (*tap >= 0 || (count_padding && *tap == in_padding)) ++count;
    }
    return sum / static_cast<double>(count);
  });
}

void check_global_pool(const NodeView& view) {
  const Shape& in = view.shape(0);
  require(in.size() >= 2, "the input needs a batch and a channel axis");
  require(element_count(view.output().shape) == in[0] * in[1], "the output needs one element per channel");
  require(element_count(in) > 0, "the input is empty");
}

template <class Reduce>
std::vector<Array> global_pool(const Call& call, const Reduce& reduce) {
  const std::int64_t plane = extent_between(call.shape(0), 2, call.shape(0).size());
  Array y{call.output().shape, {}};
  for (auto at = call.array(0).data.begin(); at != call.array(0).data.end(); at += plane) {
    y.data.push_back(reduce(at, at + plane));
  }
  return {y};
}

std::vector<Array> global_average_pool(const Call& call) {
  return global_pool(
      call, [](auto begin, auto end) { return std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin); });
}

std::vector<Array> global_max_pool(const Call& call) {
  return global_pool(call, [](auto begin, auto end) { return *std::max_element(begin, end); });
}

constexpr Operator rows[] = {
    {"MaxPool", 1, 1, 1, max_pool, check_pool},
    {"AveragePool", 1, 1, 1, average_pool, check_pool},
    {"GlobalAveragePool", 1, 1, 1, global_average_pool, check_global_pool},
    {"GlobalMaxPool", 1, 1, 1, global_max_pool, check_global_pool},
};

}  // namespace

std::span<const Operator> pool_operators() { return rows; }

}  // namespace cleave::reference
