#include "costmodel/calibration/fit_roofline.hpp"

#include "costmodel/calibration/least_squares.hpp"
#include "costmodel/calibration/shapes.hpp"
#include "costmodel/calibration/student.hpp"
#include "devices/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace cleave {
namespace {

/// How a field enters the fit: its logarithm, or that of what it exceeds 1 by.
enum class Scale { log, log_above_one };

/// What it takes to speak of a field: enough measurements in all, and three of the shape that it is about.
enum class About { all, cached, one_by_one, three_by_three, depthwise, merged, pool, softmax, normalization };

struct FieldModel {
  std::string_view own;     ///< name of the class's own field, after "gemm_", "conv_" or "other_"
  std::string_view common;  ///< the field that it stands for, where that is another one
  double RooflineParameters::*parameter;
  Belief belief;  ///< of the logarithm, where the profile says nothing
  Scale scale = Scale::log;
  std::size_t least = 1;
  About about = About::all;
  bool is_rate = true;
};

using P = RooflineParameters;
Belief around(double value, double width) { return {std::log(value), width}; }

/// Typical values and how far devices stray from them (in logarithms), from the fits in docs/cost-model.md.
std::vector<FieldModel> field_models(RooflineClass operators) {
  constexpr std::size_t some = 10, many = 31;
  std::vector<FieldModel> fields = {
      {"launch_*_s", "launch_s", &P::launch_s, around(1e-5, 1.5)},
      {"memory_efficiency_*", "memory_efficiency", &P::bytes_per_s, around(0.8, 0.7)},
  };
  const auto add = [&](FieldModel field) { fields.push_back(field); };
  if (operators == RooflineClass::gemm || operators == RooflineClass::matrix)
    add({"efficiency_*", "", &P::gemm_efficiency, around(0.7, 0.7)});
  if (operators == RooflineClass::other) add({"efficiency_*", "", &P::other_efficiency, around(0.05, 1.5)});
  if (operators == RooflineClass::other) {
    add({"", "pool_gain_*", &P::pool_gain, around(1, 1), Scale::log, some, About::pool});
    add({"", "softmax_gain_*", &P::softmax_gain, around(1, 1), Scale::log, some, About::softmax});
    add({"", "normalization_gain_*", &P::normalization_gain, around(1, 1), Scale::log, some, About::normalization});
    return fields;
  }
  add({"weight_memory_efficiency_*", "memory_efficiency", &P::weight_bytes_per_s, around(0.8, 0.7), Scale::log, many});
  add({"cached_weight_memory_efficiency_*", "", &P::cached_weight_bytes_per_s, around(1.6, 0.7), Scale::log, many,
       About::cached});
  add({"other_efficiency_*", "other_efficiency_*", &P::other_efficiency, around(0.05, 1.5), Scale::log, many,
       About::merged});
  if (operators == RooflineClass::conv) {
    add({"efficiency_*", "", &P::conv_efficiency, around(0.7, 0.7)});
    add({"1x1_gain_*", "", &P::conv1x1_gain, around(1, 0.5), Scale::log, some, About::one_by_one});
    add({"3x3_gain_*", "", &P::conv3x3_gain, around(1, 0.5), Scale::log, some, About::three_by_three});
    add({"", "depthwise_efficiency_*", &P::depthwise_efficiency, around(0.1, 1.5), Scale::log, 1, About::depthwise});
    add({"c0_*", "", &P::c0, around(1, 1.5), Scale::log, many, About::all, false});
  }
  add({"m0_*", "m0", &P::m0, around(20, 2.5), Scale::log, many, About::all, false});
  add({"n0_*", "n0", &P::n0, around(20, 2.5), Scale::log, many, About::all, false});
  add({"k0_*", "k0", &P::k0, around(40, 2.5), Scale::log, many, About::all, false});
  add({"inner_step_*_s", "", &P::inner_step_s, around(1e-9, 2), Scale::log, many, About::all, false});
  add({"overlap_p_*", "overlap_p", &P::overlap_p, around(4, 0.7), Scale::log_above_one, many, About::all, false});
  return fields;
}

bool speaks_of(const Measurement& one, About about, const Winograd& winograd) {
  const Work& work = one.work;
  const Window& w = work.window;
  switch (about) {
    case About::all:
      return true;
    case About::cached:
      return work.weight_bytes > 0 && one.weights_cached > 0.5;
    case About::depthwise:
      return work.is_depthwise();
    case About::one_by_one:
      return !work.is_depthwise() && w.kernel_h == 1 && w.kernel_w == 1;
    case About::three_by_three:
      return winograd_tiles(work, winograd) > 0;
    case About::merged:
      return work.macs > 0 && work.flops > 0;
    case About::pool:
      return work.kind == OpKind::pool;
    case About::softmax:
      return work.kind == OpKind::softmax;
    case About::normalization:
      return work.kind == OpKind::normalization;
  }
  return false;
}

bool enough(const FieldModel& field, const Winograd& winograd, const std::vector<Measurement>& measurements) {
  if (distinct_shapes(measurements) < field.least) return false;
  std::vector<Measurement> speaking;
  std::ranges::copy_if(measurements, std::back_inserter(speaking),
                       [&](const Measurement& one) { return speaks_of(one, field.about, winograd); });
  const std::size_t count = distinct_shapes(speaking);
  return count >= (field.about == About::all ? 1 : 3);
}

class Fitter {
 public:
  Fitter(const Profile& profile, Precision precision, RooflineClass operators,
         const std::vector<Measurement>& measurements)
      : profile_(profile),
        precision_(precision),
        operators_(operators),
        measurements_(measurements),
        base_(roofline_parameters(profile, precision, operators)) {}

  RooflineFit fit() {
    RooflineFit result;
    std::vector<Belief> beliefs;
    for (const FieldModel& field : field_models(operators_)) {
      if (enough(field, base_.winograd, measurements_)) {
        free_.push_back(field);
        beliefs.push_back(belief_of(field));
      } else {
        result.kept.push_back(name_in_profile(field));
      }
    }
    const Fit solution = fit_robustly([this](const std::vector<double>& x) { return residuals(x); }, beliefs);
    for (std::size_t i = 0; i < free_.size(); ++i)
      result.fields.push_back(field_of(free_[i], solution.parameters[i], solution.half_widths[i]));
    result.parameters = at(solution.parameters);
    return result;
  }

 private:
  [[nodiscard]] std::string name_in_profile(const FieldModel& field) const {
    const std::string name = field.own.empty() ? std::string(field.common)
                             : field.own.starts_with("1x1") || field.own.starts_with("3x3")
                                 ? fmt::format("conv{}", field.own)
                                 : fmt::format("{}_{}", name_of(operators_), field.own);
    return with_precision(name, precision_);
  }

  /// What the profile says of a field, of the class itself or of all; nothing where that is a default.
  [[nodiscard]] const Quantity* said(const FieldModel& field) const {
    for (const std::string& name : {name_in_profile(field), with_precision(field.common, precision_)}) {
      const auto found = profile_.numbers.find(name);
      if (found != profile_.numbers.end() && found->second.source != kDefaultSource) return &found->second;
    }
    return nullptr;
  }

  [[nodiscard]] static double to_fit(Scale scale, double value) {
    constexpr double least = 1e-12;  // of launch times and saturations that are given as 0
    return std::log(std::max(scale == Scale::log ? value : value - 1, least));
  }
  [[nodiscard]] static double from_fit(Scale scale, double x) { return std::exp(x) + (scale == Scale::log ? 0 : 1); }

  [[nodiscard]] Belief belief_of(const FieldModel& field) const {
    const Quantity* quantity = said(field);
    if (!quantity || quantity->value <= 0) return field.belief;
    // Intervals of datasheets are about the device, not about how an equation describes it: never narrower.
    const double half = (to_fit(field.scale, quantity->high) - to_fit(field.scale, quantity->low)) / 2;
    return {to_fit(field.scale, quantity->value), std::max(field.belief.width, half / kNormal95)};
  }

  /// The bandwidth is fitted as a share of the peak.
  [[nodiscard]] double unit_of(const FieldModel& field) const {
    const bool is_bandwidth = field.parameter == &P::bytes_per_s || field.parameter == &P::weight_bytes_per_s ||
                              field.parameter == &P::cached_weight_bytes_per_s;
    return is_bandwidth ? profile_.number("memory_bytes_per_s") : 1;
  }

  [[nodiscard]] RooflineParameters at(const std::vector<double>& x) const {
    RooflineParameters parameters = base_;
    const bool one_bandwidth = parameters.weight_bytes_per_s == parameters.bytes_per_s;
    const bool no_cache = parameters.cached_weight_bytes_per_s == parameters.weight_bytes_per_s;
    for (std::size_t i = 0; i < free_.size(); ++i)
      parameters.*free_[i].parameter = from_fit(free_[i].scale, x[i]) * unit_of(free_[i]);
    if (operators_ == RooflineClass::matrix) parameters.conv_efficiency = parameters.gemm_efficiency;
    if (one_bandwidth && !is_free(&P::weight_bytes_per_s)) parameters.weight_bytes_per_s = parameters.bytes_per_s;
    if (no_cache && !is_free(&P::cached_weight_bytes_per_s))
      parameters.cached_weight_bytes_per_s = parameters.weight_bytes_per_s;
    return parameters;
  }

  [[nodiscard]] bool is_free(double RooflineParameters::*parameter) const {
    return std::ranges::any_of(free_, [&](const FieldModel& field) { return field.parameter == parameter; });
  }

  [[nodiscard]] std::vector<double> residuals(const std::vector<double>& x) const {
    const RooflineParameters parameters = at(x);
    std::vector<double> result;
    for (const Measurement& one : measurements_)
      result.push_back(std::log(modelled_seconds(one, parameters) / one.seconds));
    return result;
  }

  [[nodiscard]] FittedField field_of(const FieldModel& field, double x, double half_width) const {
    constexpr double most = 5;  // beyond a factor of e^5 a field is unknown; the numbers must stay finite
    const double half = std::min(half_width, most);
    return {name_in_profile(field), from_fit(field.scale, x), from_fit(field.scale, x - half),
            from_fit(field.scale, x + half), field.is_rate};
  }

  const Profile& profile_;
  Precision precision_;
  RooflineClass operators_;
  const std::vector<Measurement>& measurements_;
  RooflineParameters base_;
  std::vector<FieldModel> free_;
};

}  // namespace

double modelled_seconds(const Measurement& one, const RooflineParameters& parameters) {
  return roofline_cost(one.work, with_cached_weights(parameters, one.weights_cached)).seconds;
}

RooflineFit fit_roofline(const Profile& profile, Precision precision, RooflineClass operators,
                         const std::vector<Measurement>& measurements) {
  return Fitter(profile, precision, operators, measurements).fit();
}

}  // namespace cleave
