/// Operators that scale what they see by its own statistics.

#include "runtime/reference/operator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cleave::reference {
namespace {

void check_per_channel(const NodeView& view, std::size_t first, std::size_t last) {
  check_same_shape(view);
  require(view.shape(0).size() >= 2, "the input needs a batch and a channel axis");
  for (std::size_t i = first; i <= last; ++i) {
    require((view.shape(i) == Shape{view.shape(0)[1]}), "its parameters need one entry per channel");
  }
}

void check_batch_normalization(const NodeView& view) {
  check_per_channel(view, 1, 4);
  require(view.opset() >= 7 || view.integer("is_test", 0) != 0, "it is in training mode (is_test = 0)");
  require(view.integer("training_mode", 0) == 0, "it is in training mode");
  require(view.integer("spatial", 1) == 1, "statistics per element (spatial = 0)");
}

/// `f(channel, begin, end)` for every run of elements that share image and channel.
template <class F>
void for_each_channel(Array& x, const F& f) {
  const auto channels = static_cast<std::size_t>(x.shape[1]);
  const std::int64_t plane = extent_between(x.shape, 2, x.shape.size());
  if (plane == 0) return;
  std::size_t count = 0;
  for (auto at = x.data.begin(); at != x.data.end(); at += plane) f(count++ % channels, at, at + plane);
}

std::vector<Array> batch_normalization(const Call& call) {
  const double epsilon = call.real("epsilon", 1e-5F);
  Array y = call.array(0);
  for_each_channel(y, [&](std::size_t c, auto begin, auto end) {
    const double scale = call.array(1).data[c] / std::sqrt(call.array(4).data[c] + epsilon);
    const double mean = call.array(3).data[c];
    const double bias = call.array(2).data[c];
    std::transform(begin, end, begin, [=](double x) { return (x - mean) * scale + bias; });
  });
  return {y};
}

struct Moments {
  double mean;
  double inverse_deviation;  ///< 1 / sqrt(variance + epsilon)
};

template <class Iterator>
Moments moments_of(Iterator begin, Iterator end, double epsilon) {
  const auto count = static_cast<double>(end - begin);
  const double mean = std::accumulate(begin, end, 0.0) / count;
  const double squares =
      std::accumulate(begin, end, 0.0, [mean](double sum, double x) { return sum + (x - mean) * (x - mean); });
  return {mean, 1 / std::sqrt(squares / count + epsilon)};
}

void check_instance_normalization(const NodeView& view) { check_per_channel(view, 1, 2); }

std::vector<Array> instance_normalization(const Call& call) {
  const double epsilon = call.real("epsilon", 1e-5F);
  Array y = call.array(0);
  for_each_channel(y, [&](std::size_t c, auto begin, auto end) {
    const Moments m = moments_of(begin, end, epsilon);
    const double scale = call.array(1).data[c] * m.inverse_deviation;
    const double bias = call.array(2).data[c];
    std::transform(begin, end, begin, [=](double x) { return (x - m.mean) * scale + bias; });
  });
  return {y};
}

Shape normalized_shape(const NodeView& view) {
  const Shape& shape = view.shape(0);
  const auto axis = static_cast<std::ptrdiff_t>(axis_of(view.integer("axis", -1), shape.size()));
  return Shape(shape.begin() + axis, shape.end());
}

void check_layer_normalization(const NodeView& view) {
  check_same_shape(view);
  const Shape shape = normalized_shape(view);
  require(element_count(shape) > 0, "there is nothing to normalise");
  for (const std::size_t i : {1U, 2U}) {
    require(!view.has_input(i) || broadcasts_to(view.shape(i), shape), "scale and bias do not fit the normalised axes");
  }
}

std::vector<Array> layer_normalization(const Call& call) {
  const double epsilon = call.real("epsilon", 1e-5F);
  const Shape shape = normalized_shape(call);
  const Array scale = broadcast_to(call.array(1), shape);
  const Array bias = call.has_input(2) ? broadcast_to(call.array(2), shape) : zeros(shape);
  Shape kept = call.shape(0);
  std::fill(kept.end() - static_cast<std::ptrdiff_t>(shape.size()), kept.end(), 1);
  Array y = call.array(0), means{kept, {}}, inverses{kept, {}};
  const std::size_t length = scale.data.size();
  for (std::size_t begin = 0; begin < y.data.size(); begin += length) {
    double* row = y.data.data() + begin;
    const Moments m = moments_of(row, row + length, epsilon);
    for (std::size_t i = 0; i < length; ++i) {
      row[i] = (row[i] - m.mean) * m.inverse_deviation * scale.data[i] + bias.data[i];
    }
    means.data.push_back(m.mean);
    inverses.data.push_back(m.inverse_deviation);
  }
  return {y, means, inverses};
}

void check_lrn(const NodeView& view) {
  check_same_shape(view);
  require(view.shape(0).size() >= 2, "the input needs a batch and a channel axis");
  require(view.integer("size", 0) >= 1, "attribute size is missing or not positive");
}

/// y = x / (bias + alpha / size * sum of squares over `size` neighbouring channels) ^ beta
std::vector<Array> lrn(const Call& call) {
  const Array& x = call.array(0);
  const std::int64_t size = call.integer("size", 1);
  const double alpha = call.real("alpha", 1e-4F) / static_cast<double>(size);
  const double beta = call.real("beta", 0.75F);
  const double bias = call.real("bias", 1);
  const std::int64_t channels = x.shape[1];
  const std::int64_t plane = extent_between(x.shape, 2, x.shape.size());
  Array y{x.shape, {}};
  for (std::int64_t flat = 0; flat < element_count(x.shape); ++flat) {
    const std::int64_t channel = flat / plane % channels;
    double squares = 0;
    for (std::int64_t c = std::max<std::int64_t>(0, channel - (size - 1) / 2);
         c <= std::min(channels - 1, channel + size / 2); ++c) {
      const double neighbour = x.data[static_cast<std::size_t>(flat + (c - channel) * plane)];
      squares += neighbour * neighbour;
    }
    y.data.push_back(x.data[static_cast<std::size_t>(flat)] / std::pow(bias + alpha * squares, beta));
  }
  return {y};
}

/// What a softmax runs over: [outer][length][inner]. Before operator set 13, everything from `axis` on.
struct Rows {
  std::int64_t outer, length, inner;
};

Rows rows_of(const NodeView& view) {
  const Shape& shape = view.shape(0);
  const bool coerced = view.opset() < 13;
  const std::size_t axis = axis_of(view.integer("axis", coerced ? 1 : -1), shape.size());
  const std::size_t end = coerced ? shape.size() : axis + 1;
  return {extent_between(shape, 0, axis), extent_between(shape, axis, end), extent_between(shape, end, shape.size())};
}

void check_rows(const NodeView& view) {
  check_same_shape(view);
  (void)rows_of(view);
}

/// Replaces each row by f(row).
template <class F>
std::vector<Array> for_each_row(const Call& call, const F& f) {
  const Rows rows = rows_of(call);
  Array y = call.array(0);
  std::vector<double> row(static_cast<std::size_t>(rows.length));
  for (std::int64_t i = 0; i < rows.outer * rows.inner && rows.length > 0; ++i) {
    double* first = y.data.data() + i / rows.inner * rows.length * rows.inner + i % rows.inner;
    for (std::int64_t k = 0; k < rows.length; ++k) row[static_cast<std::size_t>(k)] = first[k * rows.inner];
    f(row);
    for (std::int64_t k = 0; k < rows.length; ++k) first[k * rows.inner] = row[static_cast<std::size_t>(k)];
  }
  return {y};
}

/// Relative to the largest element, so that no exponential overflows and none is lost beside a huge one.
void subtract_largest(std::vector<double>& row) {
  const double largest = *std::ranges::max_element(row);
  for (double& x : row) x -= largest;
}

double sum_of_exponentials(const std::vector<double>& row) {
  return std::accumulate(row.begin(), row.end(), 0.0, [](double sum, double x) { return sum + std::exp(x); });
}

std::vector<Array> softmax(const Call& call) {
  return for_each_row(call, [](std::vector<double>& row) {
    subtract_largest(row);
    const double sum = sum_of_exponentials(row);
    for (double& x : row) x = std::exp(x) / sum;
  });
}

std::vector<Array> log_softmax(const Call& call) {
  return for_each_row(call, [](std::vector<double>& row) {
    subtract_largest(row);
    const double log_of_sum = std::log(sum_of_exponentials(row));
    for (double& x : row) x -= log_of_sum;
  });
}

std::vector<Array> hardmax(const Call& call) {
  return for_each_row(call, [](std::vector<double>& row) {
    const auto largest = std::ranges::max_element(row) - row.begin();
    std::ranges::fill(row, 0);
    row[static_cast<std::size_t>(largest)] = 1;
  });
}

constexpr Operator rows[] = {
    {"BatchNormalization", 5, 5, 1, batch_normalization, check_batch_normalization},
    {"Hardmax", 1, 1, 1, hardmax, check_rows},
    {"InstanceNormalization", 3, 3, 1, instance_normalization, check_instance_normalization},
    {"LRN", 1, 1, 1, lrn, check_lrn},
    {"LayerNormalization", 2, 3, 3, layer_normalization, check_layer_normalization},
    {"LogSoftmax", 1, 1, 1, log_softmax, check_rows},
    {"Softmax", 1, 1, 1, softmax, check_rows},
};

}  // namespace

std::span<const Operator> normalization_operators() { return rows; }

}  // namespace cleave::reference
