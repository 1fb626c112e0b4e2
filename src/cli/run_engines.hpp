#pragma once
/// Which engine of this machine computes a stage, and what to call it.

#include "report/plan_file.hpp"

#include <cleave/runtime.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cleave::cli {

enum class EngineChoice {
  plan,       ///< of each stage: the one for its device and precision
  fp32,       ///< the CPU's fp32 kernels for all stages: bit for bit what the unsplit network computes
  reference,  ///< plain loops in double for all stages
};
/// By what the user calls them.
[[nodiscard]] std::map<std::string, EngineChoice> engine_choices();

/// What an engine is made for.
struct EngineSetting {
  const DeviceClass& device;
  Precision precision = Precision::fp32;
  const Ranges& ranges;  ///< of the network's values; empty unless the engine needs them
};

/// An engine that this machine has.
struct Engine {
  std::string_view name;
  bool needs_ranges = false;
  bool device_matters = false;  ///< whether results depend on the device class, not on the operators alone
  std::unique_ptr<Backend> (*make)(const EngineSetting& setting) = nullptr;
};

/// The engines of a plan's stages.
class Engines {
 public:
  /// `setting` must outlive it.
  Engines(const Setting& setting, EngineChoice choice) : setting_(setting), choice_(choice) {}

  /// Whether an engine of the plan has to know the ranges of values.
  [[nodiscard]] bool need_ranges(const Plan& plan) const;
  void calibrate(Ranges ranges) { ranges_ = std::move(ranges); }

  [[nodiscard]] std::string_view name(ModeId mode) const { return engine_of(mode).name; }
  /// Whether the same operators give the same bits in both modes.
  [[nodiscard]] bool same(ModeId a, ModeId b) const;
  [[nodiscard]] bool is_fp32(ModeId mode) const;
  /// Whether no engine here computes at the mode's precision, and fp32 does instead.
  [[nodiscard]] bool is_substitute(ModeId mode) const;
  /// May be called from several threads at once.
  [[nodiscard]] std::unique_ptr<Backend> make(ModeId mode) const;

 private:
  [[nodiscard]] const Engine& engine_of(ModeId mode) const;

  const Setting& setting_;
  EngineChoice choice_;
  Ranges ranges_;
};

}  // namespace cleave::cli
