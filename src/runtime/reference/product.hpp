#pragma once
/// Matrix products in double. The one place that knows Eigen.

#include <cstdint>
#include <vector>

namespace cleave::reference {

/// A row-major matrix, read as its transpose when `transposed`; `rows`, `columns` are those after that.
struct MatrixView {
  const double* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool transposed = false;
};

/// a * b, row-major. Expects a.columns == b.rows.
[[nodiscard]] std::vector<double> product(const MatrixView& a, const MatrixView& b);

}  // namespace cleave::reference
