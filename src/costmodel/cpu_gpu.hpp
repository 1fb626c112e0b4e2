#pragma once
/// CPUs and GPUs: a calibrated roofline.
///
///     T = launch_s + (Tc^p + Tm^p)^(1/p)      E = flops * j_per_flop + bytes * memory_j_per_byte
///
///     Tc = sqrt(Tp^2 + (k * inner_step_s)^2) + flops / (peak * other_efficiency)
///
///     Tp = 2 macs / (peak * efficiency[class] * u)     u = m/(m+m0) * n/(n+n0) * k/(k+k0)
///
///     Tm = (activations / memory_efficiency + weights / weight_memory_efficiency) / memory_bytes_per_s
///
/// Of convolutions u has also c/(c+c0), with c input channels of a group.
///
/// The roofline is Williams et al., CACM 52(4), 2009; the saturation u and the smooth maximum are
/// fitted to measurements (docs/cost-model.md).

#include "costmodel/work.hpp"

#include <array>

namespace cleave {

/// Minimal filtering F(tile x tile, 3x3) of a device's library.
struct Winograd {
  std::int64_t tile = 1;      ///< results of a tile along a side; 1: nothing is known of tiles
  std::int64_t channels = 1;  ///< what input and output channels have to be multiples of
  std::int64_t tiles = 0;     ///< fewest tiles for which it is taken
};

/// Which products with constant weights, 1 x 1 convolutions among them, a device computes by matrix instructions.
struct MatrixUnit {
  std::int64_t rows = 0;     ///< fewest; 0: it has no such unit
  std::int64_t side = 1;     ///< fewest columns, and fewest inputs of each
  std::int64_t weights = 1;  ///< fewest
  std::int64_t columns = 1;  ///< what their number has to be a multiple of
};

struct RooflineParameters {
  double launch_s = 0;
  double peak_flop_per_s = 0;
  double j_per_flop = 0;
  double bytes_per_s = 0;                ///< of activations; reached, not peak
  double weight_bytes_per_s = 0;         ///< of weights
  double cached_weight_bytes_per_s = 0;  ///< of weights that the last-level cache still holds
  double j_per_byte = 0;
  double gemm_efficiency = 1, conv_efficiency = 1, depthwise_efficiency = 1, other_efficiency = 1;
  double conv1x1_gain = 1, conv3x3_gain = 1;
  double pool_gain = 1, softmax_gain = 1, normalization_gain = 1;
  Winograd winograd = {};  ///< which convolutions have conv3x3_gain
  MatrixUnit matrix = {};  ///< which operators are of class `matrix`
  double m0 = 0, n0 = 0, k0 = 0, c0 = 0;
  double inner_step_s = 0;  ///< of the sum over k that makes a result
  double overlap_p = 4;
};
[[nodiscard]] RooflineParameters roofline_parameters(const Profile& profile, Precision precision);

/// The parameters where a share of the weights comes from the cache.
[[nodiscard]] RooflineParameters with_cached_weights(RooflineParameters parameters, double share);

/// Bytes of weights as they are packed. With too few tiles for the device's own kernels, libraries take smaller ones.
[[nodiscard]] double weights_held(const Work& work, const Winograd& winograd);

/// Tiles of a convolution that is computed in tiles; 0 for all other operators.
[[nodiscard]] std::int64_t winograd_tiles(const Work& work, const Winograd& winograd);

/// Classes of operators that may have parameters of their own.
enum class RooflineClass { gemm, conv, other, matrix };
inline constexpr std::array kRooflineClasses = {RooflineClass::gemm, RooflineClass::conv, RooflineClass::other,
                                                RooflineClass::matrix};
/// "gemm", "conv", "other", "matrix": what the names of their fields begin with.
[[nodiscard]] std::string_view name_of(RooflineClass operators);
/// That of the kernel which computes it.
[[nodiscard]] RooflineClass roofline_class(const Work& work, const MatrixUnit& matrix);

/// The common parameters, with what the profile says of this class alone.
[[nodiscard]] RooflineParameters roofline_parameters(const Profile& profile, Precision precision,
                                                     RooflineClass operators);

/// A calibrated device: parameters and correction of each class.
struct CalibratedRoofline {
  std::array<RooflineParameters, kRooflineClasses.size()> parameters = {};  ///< by RooflineClass
  std::array<Correction, kRooflineClasses.size()> corrections = {};         ///< the same; no points: none
  double weights_cached = 0;  ///< the share of the weights that the parameters are for
};
/// `weights_cached`: the share of the weights that the cache still holds when they are read.
[[nodiscard]] CalibratedRoofline calibrated_roofline(const Profile& profile, Precision precision,
                                                     double weights_cached);
[[nodiscard]] OperatorCost calibrated_cost(const Work& work, const CalibratedRoofline& device);

/// Parts: launch, compute (Tc), memory (what the total exceeds launch and Tc by).
[[nodiscard]] OperatorCost roofline_cost(const Work& work, const RooflineParameters& device);

}  // namespace cleave
