#include "costmodel/calibration/calibrate.hpp"

#include "costmodel/calibration/fit_correction.hpp"
#include "costmodel/calibration/fit_roofline.hpp"
#include "costmodel/calibration/least_squares.hpp"
#include "costmodel/calibration/shapes.hpp"
#include "costmodel/correction.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace cleave {
namespace {

/// One class of operators at one precision.
using Group = std::pair<Precision, RooflineClass>;

struct GroupFit {
  RooflineFit roofline;
  Correction correction;

  [[nodiscard]] double seconds(const Measurement& one) const {
    const double factor =
        correction.points.empty() ? 1 : correction_factor(correction, shape_point(one.work, one.weights_cached));
    return modelled_seconds(one, roofline.parameters) * factor;
  }
};

GroupFit fit_group(const Profile& profile, const Group& group, const std::vector<Measurement>& measurements) {
  GroupFit fit{fit_roofline(profile, group.first, group.second, measurements), {}};
  fit.correction = fit_correction(group.second, group.first, fit.roofline.parameters, measurements);
  return fit;
}

/// Scrambles `x` (splitmix64, Steele et al., OOPSLA 2014).
std::uint64_t scrambled(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// The fold of each measurement. Equal shapes share one: a shape that was seen would be no test.
std::vector<std::size_t> folds_of(const std::vector<Measurement>& measurements, const CalibrateOptions& options) {
  std::map<ShapeKey, std::size_t> shapes;
  for (const Measurement& one : measurements) shapes[shape_key(one)] = 0;
  std::vector<std::pair<std::uint64_t, std::size_t*>> order;
  std::uint64_t index = 0;
  for (auto& [shape, fold] : shapes) order.emplace_back(scrambled(options.seed + scrambled(index++)), &fold);
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) *order[i].second = i % static_cast<std::size_t>(options.folds);
  std::vector<std::size_t> folds;
  for (const Measurement& one : measurements) folds.push_back(shapes.at(shape_key(one)));
  return folds;
}

std::vector<double> seconds_of(const std::vector<Measurement>& measurements) {
  std::vector<double> seconds;
  for (const Measurement& one : measurements) seconds.push_back(one.seconds);
  return seconds;
}

std::optional<Agreement> held_out(const Profile& profile, const Group& group,
                                  const std::vector<Measurement>& measurements, const CalibrateOptions& options) {
  const std::vector<std::size_t> folds = folds_of(measurements, options);
  if (measurements.empty() || std::ranges::max(folds) == 0) return std::nullopt;
  std::vector<double> predicted(measurements.size());
  for (std::size_t fold = 0; fold < static_cast<std::size_t>(options.folds); ++fold) {
    std::vector<Measurement> others;
    for (std::size_t i = 0; i < measurements.size(); ++i)
      if (folds[i] != fold) others.push_back(measurements[i]);
    if (others.empty() || others.size() == measurements.size()) continue;
    const GroupFit fit = fit_group(profile, group, others);
    for (std::size_t i = 0; i < measurements.size(); ++i)
      if (folds[i] == fold) predicted[i] = fit.seconds(measurements[i]);
  }
  return agreement(predicted, seconds_of(measurements));
}

/// Writes the fit into the profile. The interval of a rate is at least as wide as the median error of predictions, or
/// as that of typical ones where there were none.
void adopt(Profile& profile, const GroupFit& fit, const ClassErrors& errors, const CalibrateOptions& options) {
  const double least =
      1 + std::max(errors.held_out ? errors.held_out->median : kResidualScale, errors.in_sample.median);
  for (const FittedField& field : fit.roofline.fields) {
    Quantity& quantity = profile.numbers[field.name];
    quantity = {.value = field.value, .low = field.low, .high = field.high, .year = options.year};
    quantity.source = fmt::format("fitted to {} measurements of {} at {} in {}", errors.samples, errors.operators,
                                  name_of(errors.precision), options.measurements);
    if (!field.is_rate) continue;
    quantity.low = std::min(quantity.low, quantity.value / least);
    quantity.high = std::max(quantity.high, quantity.value * least);
  }
  std::erase_if(profile.corrections, [&](const Correction& old) {
    return old.operators == fit.correction.operators && old.precision == fit.correction.precision;
  });
  if (!fit.correction.points.empty()) profile.corrections.push_back(fit.correction);
}

ClassErrors errors_of(const Profile& profile, const Group& group, const GroupFit& fit,
                      const std::vector<Measurement>& measurements, const CalibrateOptions& options) {
  ClassErrors errors{.operators = std::string(name_of(group.second)),
                     .precision = group.first,
                     .samples = measurements.size(),
                     .corrected = !fit.correction.points.empty()};
  std::vector<double> predicted;
  for (const Measurement& one : measurements) predicted.push_back(fit.seconds(one));
  errors.in_sample = agreement(predicted, seconds_of(measurements));
  errors.held_out = held_out(profile, group, measurements, options);
  for (const FittedField& field : fit.roofline.fields) errors.fitted.push_back(field.name);
  errors.kept = fit.roofline.kept;
  return errors;
}

void write_agreement(JsonWriter& json, std::string_view key, const Agreement& agreement) {
  json.key(key).begin_object().field("mape", agreement.mape).field("median", agreement.median);
  json.field("p90", agreement.p90).key("spearman");
  if (agreement.spearman)
    json.value(*agreement.spearman);
  else
    json.null();
  json.end_object();
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).begin_array();
  for (const std::string& name : names) json.value(name);
  json.end_array();
}

/// Notes are free text: they need not be what a calibration wrote.
bool says(const JsonView& notes, std::string_view key, std::string_view word) {
  const auto found = notes.is_object() ? notes.find(key) : std::nullopt;
  return found && found->is_string() && found->string() == word;
}

}  // namespace

void require_roofline(const Profile& profile) {
  if (profile.kind != DeviceKind::cpu && profile.kind != DeviceKind::gpu)
    throw UsageError(fmt::format("{} is of kind {}; only profiles of kind cpu and gpu are calibrated", profile.name,
                                 name_of(profile.kind)));
}

Calibration calibrate(const Profile& profile, const std::vector<Measurement>& measurements,
                      const CalibrateOptions& options) {
  require_roofline(profile);
  std::map<Group, std::vector<Measurement>> groups;
  for (const Measurement& one : measurements) {
    if (std::ranges::find(profile.precisions, one.precision) == profile.precisions.end())
      throw UsageError(fmt::format("{} has measurements at {}, which {} does not list among its precisions",
                                   options.measurements, name_of(one.precision), profile.name));
    groups[{one.precision, roofline_class(one.work, roofline_parameters(profile, one.precision).matrix)}].push_back(
        one);
  }
  Calibration calibration{.profile = profile, .errors = {}};
  for (const auto& [group, members] : groups) {
    const GroupFit fit = fit_group(profile, group, members);
    calibration.errors.push_back(errors_of(profile, group, fit, members, options));
    adopt(calibration.profile, fit, calibration.errors.back(), options);
  }
  return calibration;
}

std::vector<JsonView> errors_that_stay(const JsonView& document, const Calibration& calibration) {
  const auto notes = document.find("notes");
  const auto classes = notes && notes->is_object() ? notes->find("classes") : std::nullopt;
  std::vector<JsonView> stay;
  if (!classes || !classes->is_array()) return stay;
  std::ranges::copy_if(classes->elements(), std::back_inserter(stay), [&](const JsonView& one) {
    return std::ranges::none_of(calibration.errors, [&](const ClassErrors& errors) {
      return says(one, "operators", errors.operators) && says(one, "precision", name_of(errors.precision));
    });
  });
  return stay;
}

void write_errors(JsonWriter& json, const Calibration& calibration, const CalibrateOptions& options,
                  const std::vector<JsonView>& stay) {
  json.begin_object().field("measurements", options.measurements).field("folds", options.folds);
  json.key("classes").begin_array();
  for (const ClassErrors& errors : calibration.errors) {
    json.begin_object().field("operators", errors.operators).field("precision", name_of(errors.precision));
    json.field("samples", errors.samples).field("corrected", errors.corrected);
    write_agreement(json, "in_sample", errors.in_sample);
    if (errors.held_out)
      write_agreement(json, "held_out", *errors.held_out);
    else
      json.key("held_out").null();
    write_names(json, "fitted", errors.fitted);
    write_names(json, "kept", errors.kept);
    json.field("measurements", options.measurements).end_object();
  }
  for (const JsonView& one : stay) one.copy_to(json);
  json.end_array().end_object();
}

}  // namespace cleave
