#include "costmodel/calibration/least_squares.hpp"

#include "costmodel/calibration/statistics.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Signed root of twice the Huber loss, so that its square is what is minimised.
double huber_root(double residual) {
  const double size = std::abs(residual);
  if (size <= kHuberLimit) return residual;
  return std::copysign(std::sqrt(kHuberLimit * (2 * size - kHuberLimit)), residual);
}

class Problem {
 public:
  Problem(const Residuals& residuals, const std::vector<Belief>& beliefs) : residuals_(residuals), beliefs_(beliefs) {}

  /// Residuals of the measurements, then one for each belief.
  [[nodiscard]] VectorXd at(const VectorXd& x) const {
    const std::vector<double> measured = residuals_({x.begin(), x.end()});
    VectorXd all(static_cast<Eigen::Index>(measured.size()) + x.size());
    Eigen::Index row = 0;
    for (const double residual : measured) all[row++] = huber_root(residual);
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      const Belief& belief = beliefs_[static_cast<std::size_t>(i)];
      all[row++] = kResidualScale * (x[i] - belief.start) / belief.width;
    }
    return all;
  }

  [[nodiscard]] MatrixXd slopes(const VectorXd& x, const VectorXd& here) const {
    constexpr double step = 1e-4;  // of logarithms: a ten-thousandth
    MatrixXd jacobian(here.size(), x.size());
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      VectorXd beside = x;
      beside[i] += step;
      jacobian.col(i) = (at(beside) - here) / step;
    }
    return jacobian;
  }

  /// The least-squares point; `x` is moved there.
  void solve(VectorXd& x) const {
    VectorXd residual = at(x);
    double damping = 1e-2;
    for (int step = 0; step < kMostSteps; ++step) {
      const double before = residual.squaredNorm();
      if (!improve(x, residual, damping) || before - residual.squaredNorm() < 1e-9 * before) return;
    }
  }

 private:
  static constexpr int kMostSteps = 100;

  /// One step that lowers the sum of squares; false where none is found.
  bool improve(VectorXd& x, VectorXd& residual, double& damping) const {
    const MatrixXd jacobian = slopes(x, residual);
    const MatrixXd normal = jacobian.transpose() * jacobian;
    const VectorXd gradient = jacobian.transpose() * residual;
    for (int attempt = 0; attempt < 10; ++attempt, damping *= 5) {
      MatrixXd damped = normal;
      damped.diagonal() += damping * normal.diagonal();
      const VectorXd next = x - damped.ldlt().solve(gradient);
      const VectorXd there = at(next);
      // A step that leads out of the numbers gives nan, which no comparison accepts.
      if (there.squaredNorm() < residual.squaredNorm()) {
        x = next;
        residual = there;
        damping = std::max(damping / 5, 1e-9);
        return true;
      }
    }
    return false;
  }

  const Residuals& residuals_;
  const std::vector<Belief>& beliefs_;
};

}  // namespace

Fit fit_robustly(const Residuals& residuals, const std::vector<Belief>& beliefs) {
  const auto count = static_cast<Eigen::Index>(beliefs.size());
  VectorXd x(count);
  for (Eigen::Index i = 0; i < count; ++i) x[i] = beliefs[static_cast<std::size_t>(i)].start;
  const Problem problem(residuals, beliefs);
  problem.solve(x);
  const VectorXd residual = problem.at(x);
  const Eigen::Index measured = residual.size() - count;
  std::vector<double> sizes;
  for (Eigen::Index i = 0; i < measured; ++i) sizes.push_back(std::abs(residual[i]));
  // 1.4826 medians of |r| are a standard deviation where errors are normal, and outliers do not matter.
  const double noise = std::max(1.4826 * quantile(sizes, 0.5), 1e-3);
  // Measurements say as much as their noise allows; beliefs say the same whatever it is.
  const MatrixXd slopes = problem.slopes(x, residual).topRows(measured) / noise;
  MatrixXd precision = slopes.transpose() * slopes;
  for (Eigen::Index i = 0; i < count; ++i) {
    const double width = beliefs[static_cast<std::size_t>(i)].width;
    precision(i, i) += 1 / (width * width);
  }
  const MatrixXd covariance = precision.ldlt().solve(MatrixXd::Identity(count, count));
  Fit fit{{x.begin(), x.end()}, {}};
  for (Eigen::Index i = 0; i < count; ++i) fit.deviations.push_back(std::sqrt(std::max(0.0, covariance(i, i))));
  return fit;
}

}  // namespace cleave
