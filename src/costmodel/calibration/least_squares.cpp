#include "costmodel/calibration/least_squares.hpp"

#include "costmodel/calibration/student.hpp"

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

template <typename Function>
MatrixXd slopes_of(const Function& function, const VectorXd& x, const VectorXd& here) {
  constexpr double step = 1e-4;  // of logarithms: a ten-thousandth
  MatrixXd jacobian(here.size(), x.size());
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    VectorXd beside = x;
    beside[i] += step;
    jacobian.col(i) = (function(beside) - here) / step;
  }
  return jacobian;
}

/// The diagonal of (slopes^T slopes / noise^2 + 1 / width^2)^-1, and how many parameters the measurements decide: each
/// counts by the share of what is known of it that is theirs.
struct Posterior {
  VectorXd variances;
  double decided = 0;
};
Posterior posterior_of(const MatrixXd& slopes, double noise, const std::vector<Belief>& beliefs) {
  const MatrixXd said = slopes.transpose() * slopes / (noise * noise);
  MatrixXd precision = said;
  for (Eigen::Index i = 0; i < precision.rows(); ++i) {
    const double width = beliefs[static_cast<std::size_t>(i)].width;
    precision(i, i) += 1 / (width * width);
  }
  const MatrixXd covariance = precision.ldlt().solve(MatrixXd::Identity(precision.rows(), precision.cols()));
  return {covariance.diagonal().cwiseMax(0), (covariance * said).trace()};
}

/// What the measurements turn out to have, and the degrees of freedom that it is known with.
struct Noise {
  double deviation = 0;
  double freedom = 0;
};
/// Huber's estimate (Robust Statistics, 1981, section 7.6): outliers count as much as the limit, and what they would
/// have said is lost.
Noise noise_of(const std::vector<double>& residuals, double decided) {
  double squares = 0, inside = 0;
  for (const double residual : residuals) {
    const double size = std::min(std::abs(residual), kHuberLimit);
    squares += size * size;
    inside += std::abs(residual) <= kHuberLimit ? 1 : 0;
  }
  const auto count = static_cast<double>(residuals.size());
  const double believed = kNoisePseudoMeasurements;
  const double freedom = believed + std::max(0.0, count - decided);
  const double variance = (believed * kResidualScale * kResidualScale + squares) / freedom;
  const double speaking = (believed + inside) / (believed + count);
  return {std::sqrt(variance) / speaking, freedom};
}

/// Of 95 % intervals. Measurements say as much as their noise allows, which few tell but roughly: it counts as more
/// than it seems to be, by Student's quantile. Beliefs say the same whatever it is, so that no interval is wider than
/// theirs.
std::vector<double> half_widths_of(const std::vector<double>& residuals, const MatrixXd& slopes,
                                   const std::vector<Belief>& beliefs) {
  const Noise noise = noise_of(residuals, posterior_of(slopes, kResidualScale, beliefs).decided);
  const double cautious = noise.deviation * student_95(noise.freedom) / kNormal95;
  std::vector<double> half_widths;
  for (const double variance : posterior_of(slopes, cautious, beliefs).variances)
    half_widths.push_back(kNormal95 * std::sqrt(variance));
  return half_widths;
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

  /// Of the measurements' residuals alone, outliers as they are.
  [[nodiscard]] MatrixXd measured_slopes(const VectorXd& x) const {
    const auto at_point = [this](const VectorXd& point) {
      const std::vector<double> measured = residuals_({point.begin(), point.end()});
      return VectorXd(Eigen::Map<const VectorXd>(measured.data(), static_cast<Eigen::Index>(measured.size())));
    };
    return slopes_of(at_point, x, at_point(x));
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
    const MatrixXd jacobian = slopes_of([this](const VectorXd& point) { return at(point); }, x, residual);
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
  Fit fit{{x.begin(), x.end()}, {}};
  fit.half_widths = half_widths_of(residuals(fit.parameters), problem.measured_slopes(x), beliefs);
  return fit;
}

}  // namespace cleave
