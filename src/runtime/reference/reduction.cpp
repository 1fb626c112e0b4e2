/// Operators that turn whole axes into one number.

#include "runtime/reference/operator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cleave::reference {
namespace {

using Row = std::span<const double>;

double sum(Row row) { return std::accumulate(row.begin(), row.end(), 0.0); }
double mean(Row row) { return sum(row) / static_cast<double>(row.size()); }
double product_of(Row row) { return std::accumulate(row.begin(), row.end(), 1.0, std::multiplies<>()); }
double largest(Row row) { return *std::ranges::max_element(row); }
double smallest(Row row) { return *std::ranges::min_element(row); }
double sum_of_magnitudes(Row row) {
  return std::accumulate(row.begin(), row.end(), 0.0, [](double total, double x) { return total + std::abs(x); });
}
double sum_of_squares(Row row) { return std::inner_product(row.begin(), row.end(), row.begin(), 0.0); }
double length(Row row) { return std::sqrt(sum_of_squares(row)); }
double log_of_sum(Row row) { return std::log(sum(row)); }
double log_of_sum_of_exponentials(Row row) {
  const double peak = largest(row);
  double total = 0;
  for (const double x : row) total += std::exp(x - peak);
  return peak + std::log(total);
}

/// `in` with the axes in `reduced` moved to the end.
Array reduced_last(const Array& in, const std::vector<bool>& reduced) {
  std::vector<std::int64_t> permutation = all_of(static_cast<std::int64_t>(reduced.size()));
  std::stable_partition(permutation.begin(), permutation.end(),
                        [&](std::int64_t axis) { return !reduced[static_cast<std::size_t>(axis)]; });
  return transpose(in, permutation);
}

/// One result per row of the array `in`, which is `rows` rows.
template <class F>
std::vector<double> reduce_rows(const Array& in, std::size_t rows, const F& f) {
  std::vector<double> results;
  const std::size_t row = rows == 0 ? 0 : in.data.size() / rows;
  for (std::size_t i = 0; i < rows; ++i) results.push_back(f(Row(in.data).subspan(i * row, row)));
  return results;
}

std::vector<bool> reduced_axes(const Call& call) {
  const std::size_t rank = call.shape(0).size();
  const std::vector<std::int64_t> axes = call.integers_from("axes", 1);
  if (axes.empty()) return std::vector<bool>(rank, call.integer("noop_with_empty_axes", 0) == 0);
  std::vector<bool> reduced(rank, false);
  for (const std::int64_t axis : axes) reduced[axis_of(axis, rank)] = true;
  return reduced;
}

void check_reduction(const NodeView& view) {
  require(element_count(view.shape(0)) > 0, "the input is empty");
  for (const std::int64_t axis : view.integers("axes")) (void)axis_of(axis, view.shape(0).size());
}

template <double (*F)(Row)>
std::vector<Array> reduction(const Call& call) {
  const std::vector<bool> reduced = reduced_axes(call);
  std::int64_t rows = 1;
  for (std::size_t axis = 0; axis < reduced.size(); ++axis) rows *= reduced[axis] ? 1 : call.shape(0)[axis];
  require(rows == element_count(call.output().shape), "the axes do not lead to the shape of the output");
  return {{call.output().shape, reduce_rows(reduced_last(call.array(0), reduced), static_cast<std::size_t>(rows), F)}};
}

void check_arg(const NodeView& view) {
  const Shape& shape = view.shape(0);
  const std::int64_t extent = shape.empty() ? 1 : shape[axis_of(view.integer("axis", 0), shape.size())];
  require(element_count(shape) > 0, "the input is empty");
  require(element_count(view.output().shape) * extent == element_count(shape), "the output needs one element per row");
}

/// The position of the first (or last) element that `better` prefers to all others.
template <class Better>
std::vector<Array> arg(const Call& call, const Better& better) {
  const std::size_t rank = call.shape(0).size();
  const bool last = call.integer("select_last_index", 0) != 0;
  std::vector<bool> reduced(rank, false);
  if (rank > 0) reduced[axis_of(call.integer("axis", 0), rank)] = true;
  const auto rows = static_cast<std::size_t>(element_count(call.output().shape));
  return {{call.output().shape, reduce_rows(reduced_last(call.array(0), reduced), rows, [&](Row row) {
             std::size_t best = 0;
             for (std::size_t i = 1; i < row.size(); ++i) {
               if (better(row[i], row[best]) || (last && row[i] == row[best])) best = i;
             }
             return static_cast<double>(best);
           })}};
}

std::vector<Array> arg_max(const Call& call) { return arg(call, std::greater<>()); }
std::vector<Array> arg_min(const Call& call) { return arg(call, std::less<>()); }

template <double (*F)(Row)>
constexpr Operator reduce(std::string_view type) {
  return {type, 1, 2, 1, reduction<F>, check_reduction};
}

constexpr Operator rows[] = {
    {"ArgMax", 1, 1, 1, arg_max, check_arg},
    {"ArgMin", 1, 1, 1, arg_min, check_arg},
    reduce<sum_of_magnitudes>("ReduceL1"),
    reduce<length>("ReduceL2"),
    reduce<log_of_sum>("ReduceLogSum"),
    reduce<log_of_sum_of_exponentials>("ReduceLogSumExp"),
    reduce<largest>("ReduceMax"),
    reduce<mean>("ReduceMean"),
    reduce<smallest>("ReduceMin"),
    reduce<product_of>("ReduceProd"),
    reduce<sum>("ReduceSum"),
    reduce<sum_of_squares>("ReduceSumSquare"),
};

}  // namespace

std::span<const Operator> reduction_operators() { return rows; }

}  // namespace cleave::reference
