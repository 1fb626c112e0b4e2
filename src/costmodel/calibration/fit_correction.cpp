#include "costmodel/calibration/fit_correction.hpp"

#include "costmodel/calibration/fit_roofline.hpp"
#include "costmodel/calibration/shapes.hpp"
#include "costmodel/correction.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kLeast = 20, kMost = 800, kMostForThemselves = 1600;

struct Sample {
  ShapePoint at = {};
  double log_ratio = 0;  ///< of measured to modelled
  double variance = 1;
};

/// Of a shape that will be asked for again, not one that stands for shapes like it.
bool stands_for_itself(double variance) { return variance < 1; }

/// At most `most`, evenly from all of them.
void add_evenly(std::vector<const Measurement*>& chosen, const std::vector<const Measurement*>& from,
                std::size_t most) {
  const std::size_t count = std::min(from.size(), most);
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(from[i * from.size() / count]);
}

std::vector<Sample> samples_of(const RooflineParameters& fitted, const std::vector<Measurement>& measurements) {
  std::vector<const Measurement*> own, others, chosen;
  for (const Measurement& one : measurements) (stands_for_itself(one.variance) ? own : others).push_back(&one);
  add_evenly(chosen, own, kMostForThemselves);
  add_evenly(chosen, others, kMost - std::min(kMost, chosen.size()));
  std::vector<Sample> samples;
  for (const Measurement* one : chosen) {
    const double ratio = std::log(one->seconds / modelled_seconds(*one, fitted));
    samples.push_back({shape_point(one->work, one->weights_cached), std::clamp(ratio, -kMostLogFactor, kMostLogFactor),
                       one->variance});
  }
  return samples;
}

MatrixXd similarities(const std::vector<Sample>& samples, double length_octaves) {
  const auto count = static_cast<Eigen::Index>(samples.size());
  MatrixXd result(count, count);
  for (Eigen::Index i = 0; i < count; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      result(i, j) = result(j, i) =
          similarity(samples[static_cast<std::size_t>(i)].at, samples[static_cast<std::size_t>(j)].at, length_octaves);
  return result;
}

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
  Correction best{.operators = std::string(name_of(operators)), .precision = precision};
  if (distinct_shapes(measurements) < kLeast) return best;
  const std::vector<Sample> samples = samples_of(fitted, measurements);
  VectorXd ratios(static_cast<Eigen::Index>(samples.size())), variances(ratios.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ratios[static_cast<Eigen::Index>(i)] = samples[i].log_ratio;
    variances[static_cast<Eigen::Index>(i)] = samples[i].variance;
  }
  double least = 0.95 * ratios.array().abs().mean();
  for (const double length : {0.5, 1.0, 2.0, 4.0, 8.0}) {
    const MatrixXd covariance = similarities(samples, length);
    for (const double noise : {0.02, 0.1, 0.3, 1.0}) {
      const Process process = process_of(covariance, noise, variances, ratios);
      if (!(process.error < least)) continue;
      least = process.error;
      best.length_octaves = length;
      best.points.clear();
      for (std::size_t i = 0; i < samples.size(); ++i)
        best.points.push_back({samples[i].at, process.weights[static_cast<Eigen::Index>(i)]});
    }
  }
  return best;
}

}  // namespace cleave
