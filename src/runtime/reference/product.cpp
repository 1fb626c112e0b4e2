#include "runtime/reference/product.hpp"

#include <Eigen/Core>

namespace cleave::reference {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

template <class Left>
void multiply(const Left& a, const MatrixView& b, Eigen::Map<RowMajor>& c) {
  if (b.transposed) {
    c.noalias() = a * Eigen::Map<const ColumnMajor>(b.data, b.rows, b.columns);
  } else {
    c.noalias() = a * Eigen::Map<const RowMajor>(b.data, b.rows, b.columns);
  }
}

}  // namespace

std::vector<double> product(const MatrixView& a, const MatrixView& b) {
  std::vector<double> result(static_cast<std::size_t>(a.rows * b.columns));
  if (result.empty() || a.columns == 0) return result;
  Eigen::Map<RowMajor> c(result.data(), a.rows, b.columns);
  if (a.transposed) {
    multiply(Eigen::Map<const ColumnMajor>(a.data, a.rows, a.columns), b, c);
  } else {
    multiply(Eigen::Map<const RowMajor>(a.data, a.rows, a.columns), b, c);
  }
  return result;
}

}  // namespace cleave::reference
