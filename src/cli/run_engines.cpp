#include "cli/run_engines.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace cleave::cli {
namespace {

constexpr Engine kFp32{"cpu fp32", false, false, [](const EngineSetting&) { return make_cpu_backend(); }};
constexpr Engine kBf16{"cpu bf16", false, false, [](const EngineSetting&) { return make_cpu_bf16_backend(); }};
constexpr Engine kInt8{"cpu int8", true, false,
                       [](const EngineSetting& setting) { return make_cpu_int8_backend(setting.ranges); }};
constexpr Engine kReference{"reference", false, false, [](const EngineSetting&) { return make_reference_backend(); }};

/// Which stages an engine computes; absent: of any device, at any precision.
struct Row {
  std::optional<DeviceKind> device;
  std::optional<Precision> precision;
  bool (*is_here)();  ///< whether this machine can
  Engine engine;
};

/// The first row that fits counts; the last one fits everything.
constexpr std::array kRows{
    Row{std::nullopt, Precision::bf16, [] { return cpu_computes(Precision::bf16); }, kBf16},
    Row{std::nullopt, Precision::int8, [] { return cpu_computes(Precision::int8); }, kInt8},
    Row{std::nullopt, std::nullopt, [] { return true; }, kFp32},
};

bool fits(const Row& row, const DeviceClass& device, Precision precision) {
  // A device class whose costs were measured has no profile, and so no kind.
  const auto kind = device.profile ? std::optional(device.profile->kind) : std::nullopt;
  return (!row.device || row.device == kind) && (!row.precision || row.precision == precision) && row.is_here();
}

}  // namespace

std::map<std::string, EngineChoice> engine_choices() {
  return {{"plan", EngineChoice::plan}, {"fp32", EngineChoice::fp32}, {"reference", EngineChoice::reference}};
}

const Engine& Engines::engine_of(ModeId mode) const {
  if (choice_ == EngineChoice::fp32) return kFp32;
  if (choice_ == EngineChoice::reference) return kReference;
  const ModeCost& cost = setting_.cost.modes[mode];
  const DeviceClass& device = setting_.devices.classes[cost.device_class];
  return std::ranges::find_if(kRows, [&](const Row& row) { return fits(row, device, cost.precision); })->engine;
}

bool Engines::same(ModeId a, ModeId b) const {
  const Engine& engine = engine_of(a);
  const bool same_device = setting_.cost.modes[a].device_class == setting_.cost.modes[b].device_class;
  return engine.name == engine_of(b).name && (same_device || !engine.device_matters);
}

bool Engines::is_fp32(ModeId mode) const { return engine_of(mode).name == kFp32.name; }

bool Engines::is_substitute(ModeId mode) const {
  return choice_ == EngineChoice::plan && is_fp32(mode) && setting_.cost.modes[mode].precision != Precision::fp32;
}

bool Engines::need_ranges(const Plan& plan) const {
  return std::ranges::any_of(plan.stages, [&](const Stage& stage) { return engine_of(stage.mode).needs_ranges; });
}

std::unique_ptr<Backend> Engines::make(ModeId mode) const {
  const ModeCost& cost = setting_.cost.modes[mode];
  return engine_of(mode).make({setting_.devices.classes[cost.device_class], cost.precision, ranges_});
}

}  // namespace cleave::cli
