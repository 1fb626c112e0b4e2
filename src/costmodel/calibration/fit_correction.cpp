#include "costmodel/calibration/fit_correction.hpp"

#include "costmodel/calibration/fit_roofline.hpp"
#include "costmodel/calibration/shapes.hpp"
#include "costmodel/correction.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>

namespace cleave {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kLeast = 20, kMost = 800, kMostForThemselves = 1600, kMostForLengths = 256;

struct Sample {
  ShapePoint at = {};
  double log_ratio = 0;  ///< of measured to modelled
  double variance = 1;
};

/// Of a shape that will be asked for again, not one that stands for shapes like it.
bool stands_for_itself(double variance) { return variance < 1; }

/// At most `most`, evenly from all of them.
template <typename T>
std::vector<T> evenly_from(const std::vector<T>& all, std::size_t most) {
  std::vector<T> chosen;
  const std::size_t count = std::min(all.size(), most);
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

std::vector<Sample> samples_of(const RooflineParameters& fitted, const std::vector<Measurement>& measurements) {
  std::vector<const Measurement*> own, others;
  for (const Measurement& one : measurements) (stands_for_itself(one.variance) ? own : others).push_back(&one);
  std::vector<const Measurement*> chosen = evenly_from(own, kMostForThemselves);
  std::ranges::copy(evenly_from(others, kMost - std::min(kMost, chosen.size())), std::back_inserter(chosen));
  std::vector<Sample> samples;
  for (const Measurement* one : chosen) {
    const double ratio = std::log(one->seconds / modelled_seconds(*one, fitted));
    samples.push_back({shape_point(one->work, one->weights_cached), std::clamp(ratio, -kMostLogFactor, kMostLogFactor),
                       one->variance});
  }
  return samples;
}

MatrixXd similarities(const std::vector<Sample>& samples, const ShapePoint& scales) {
  const auto count = static_cast<Eigen::Index>(samples.size());
  MatrixXd result(count, count);
  for (Eigen::Index i = 0; i < count; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      result(i, j) = result(j, i) =
          similarity(samples[static_cast<std::size_t>(i)].at, samples[static_cast<std::size_t>(j)].at, scales);
  return result;
}

VectorXd log_ratios(const std::vector<Sample>& samples) {
  VectorXd ratios(static_cast<Eigen::Index>(samples.size()));
  for (Eigen::Index i = 0; i < ratios.size(); ++i) ratios[i] = samples[static_cast<std::size_t>(i)].log_ratio;
  return ratios;
}

VectorXd variances_of(const std::vector<Sample>& samples) {
  VectorXd variances(static_cast<Eigen::Index>(samples.size()));
  for (Eigen::Index i = 0; i < variances.size(); ++i) variances[i] = samples[static_cast<std::size_t>(i)].variance;
  return variances;
}

/// Logarithms to the base 2 of what a process is made of: the length of each coordinate, then the noise of a
/// measurement of variance 1, against an amplitude of 1.
constexpr std::size_t kLengths = std::tuple_size_v<ShapePoint>;
using Hyperparameters = std::array<double, kLengths + 1>;

/// Lengths of four octaves (twice as much of the window and the stride, which coordinates have twice; 0.6 of m, of
/// which those of convolutions have 0.6), and a noise of a tenth.
constexpr Hyperparameters kTypical = {1.3, 2, 2, 2, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, -3.3};

/// The coordinate for older corrections alone: the results' area says more of times than the input's.
constexpr std::size_t kInputArea = 6;

ShapePoint scales_of(const Hyperparameters& x) {
  ShapePoint scales = {};
  for (std::size_t i = 0; i < kLengths; ++i) scales[i] = i == kInputArea ? 0 : std::exp2(-x[i]);
  return scales;
}

/// Finds the most probable of them, a step along one of them after another: the length of a coordinate is what
/// the measurements say of it (automatic relevance determination; Rasmussen and Williams, section 5.1).
class HyperparameterSearch {
 public:
  explicit HyperparameterSearch(const std::vector<Sample>& samples)
      : samples_(samples), ratios_(log_ratios(samples)), variances_(variances_of(samples)) {
    for (std::size_t i = 0; i < kLengths; ++i)
      if (i != kInputArea &&
          std::ranges::any_of(samples, [&](const Sample& one) { return one.at[i] != samples.front().at[i]; }))
        free_.push_back(i);
  }

  Hyperparameters find() {
    best_ = cost(found_);
    for (const double step_octaves : {1.0, 1.0, 0.5}) {
      improve(free_, step_octaves);
      for (const std::size_t i : free_) improve({i}, step_octaves);
      improve({kLengths}, step_octaves);
    }
    return found_;
  }

 private:
  /// Moves these together, as long as that is an improvement.
  void improve(const std::vector<std::size_t>& together, double step) {
    for (const double signed_step : {step, -step})
      for (bool better = true; better;) {
        Hyperparameters next = found_;
        for (const std::size_t i : together) next[i] += signed_step;
        const double there = cost(next);
        better = there < best_ - 1e-6;
        if (!better) continue;
        found_ = next;
        best_ = there;
      }
  }

  /// The negative logarithm of the posterior but for a constant: of the marginal likelihood (equation 2.30) at the
  /// amplitude that is best for it, and of how far lengths and noise are from typical ones.
  [[nodiscard]] double cost(const Hyperparameters& x) const {
    // Amplitudes of 0.3 are worth two measurements; lengths stray by one octave, the noise by two.
    constexpr double amplitude = 0.3, worth = 2, length_octaves = 1, noise_octaves = 2;
    const double noise = std::exp2(x[kLengths]);
    if (noise > 1) return std::numeric_limits<double>::infinity();
    MatrixXd covariance = similarities(samples_, scales_of(x));
    covariance.diagonal() += noise * variances_;
    const Eigen::LLT<MatrixXd> root(covariance);
    if (root.info() != Eigen::Success) return std::numeric_limits<double>::infinity();
    const auto count = static_cast<double>(ratios_.size());
    const double square =
        (root.matrixL().solve(ratios_).squaredNorm() + worth * amplitude * amplitude) / (count + worth);
    double sum = count / 2 * std::log(square) + root.matrixLLT().diagonal().array().log().sum();
    for (std::size_t i = 0; i <= kLengths; ++i) {
      const double away = (x[i] - kTypical[i]) / (i < kLengths ? length_octaves : noise_octaves);
      sum += away * away / 2;
    }
    return sum;
  }

  const std::vector<Sample>& samples_;
  VectorXd ratios_, variances_;
  std::vector<std::size_t> free_;  ///< coordinates in which samples differ
  Hyperparameters found_ = kTypical;
  double best_ = 0;
};

/// Weights of the points, and the mean error that predictions will have: at points that stand for others when they are
/// left out (Rasmussen and Williams, eq. 5.12), at those that stand for themselves when they are not, noise x weight.
struct Process {
  VectorXd weights;
  double error = 0;
};
Process process_of(MatrixXd covariance, double noise, const VectorXd& variances, const VectorXd& ratios) {
  covariance.diagonal() += noise * variances;
  const MatrixXd inverse = covariance.llt().solve(MatrixXd::Identity(covariance.rows(), covariance.cols()));
  Process process{inverse * ratios, 0};
  for (Eigen::Index i = 0; i < ratios.size(); ++i) {
    const double per_weight = stands_for_itself(variances[i]) ? noise * variances[i] : 1 / inverse(i, i);
    process.error += std::abs(process.weights[i]) * per_weight / static_cast<double>(ratios.size());
  }
  return process;
}

}  // namespace

Correction fit_correction(RooflineClass operators, Precision precision, const RooflineParameters& fitted,
                          const std::vector<Measurement>& measurements) {
  Correction correction{.operators = std::string(name_of(operators)), .precision = precision};
  if (distinct_shapes(measurements) < kLeast) return correction;
  const std::vector<Sample> samples = samples_of(fitted, measurements);
  const ShapePoint likely = scales_of(HyperparameterSearch(evenly_from(samples, kMostForLengths)).find());
  const VectorXd ratios = log_ratios(samples), variances = variances_of(samples);
  double least = 0.95 * ratios.array().abs().mean();
  for (const double longer : {0.125, 0.25, 0.5, 1.0, 2.0}) {
    ShapePoint scales = likely;
    for (double& scale : scales) scale /= longer;
    const MatrixXd covariance = similarities(samples, scales);
    for (const double noise : {0.02, 0.1, 0.3, 1.0}) {
      const Process process = process_of(covariance, noise, variances, ratios);
      if (!(process.error < least)) continue;
      least = process.error;
      correction.scales = scales;
      correction.points.clear();
      for (std::size_t i = 0; i < samples.size(); ++i)
        correction.points.push_back({samples[i].at, process.weights[static_cast<Eigen::Index>(i)]});
    }
  }
  return correction;
}

}  // namespace cleave
