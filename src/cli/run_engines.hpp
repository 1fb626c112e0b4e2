#pragma once
/// Which engine of this machine computes a stage, and what to call it.

#include "cli/run_request.hpp"
#include "report/plan_file.hpp"

#include <cleave/runtime.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cleave::cli {

/// What an engine is made for.
struct EngineSetting {
  const DeviceClass& device;
  Precision precision = Precision::fp32;
  const Ranges& ranges;               ///< of the network's values; empty unless the engine needs them
  const ConverterRanges& converters;  ///< of the device class; empty unless the engine has any
  std::uint64_t seed = 1;
};

/// An engine that this machine has.
struct Engine {
  std::string_view name;
  bool is_fp32 = false;
  bool needs_ranges = false;
  bool on_cpu = true;           ///< computes on the worker's core; else the worker waits for another device
  bool device_matters = false;  ///< whether results depend on the device class, not on the operators alone
  std::unique_ptr<Backend> (*make)(const EngineSetting& setting) = nullptr;
};

/// The engines of a plan's stages.
class Engines {
 public:
  /// `setting` must outlive it. `seed` is of what emulated devices do by chance.
  Engines(const Setting& setting, EngineChoice choice, std::uint64_t seed)
      : setting_(setting), choice_(choice), seed_(seed) {}

  /// Whether an engine of the plan has to know the ranges of values.
  [[nodiscard]] bool need_ranges(const Plan& plan) const;
  /// Observes what they need while `network` computes `inputs` in fp32; not all of it when `stop` asks to end.
  void calibrate(const Network& network, const Plan& plan, std::span<const std::vector<Tensor>> inputs,
                 const std::stop_token& stop);

  [[nodiscard]] std::string_view name(ModeId mode) const { return engine_of(mode).name; }
  [[nodiscard]] bool on_cpu(ModeId mode) const { return engine_of(mode).on_cpu; }
  /// Whether the same operators give the same bits in both modes.
  [[nodiscard]] bool same(ModeId a, ModeId b) const;
  [[nodiscard]] bool is_fp32(ModeId mode) const;
  /// Whether no engine here computes at the mode's precision, and fp32 does instead.
  [[nodiscard]] bool is_substitute(ModeId mode) const;
  /// What else there is to say of how a stage is computed; empty for most.
  [[nodiscard]] std::string remark(const Network& network, const Stage& stage) const;
  /// May be called from several threads at once.
  [[nodiscard]] std::unique_ptr<Backend> make(ModeId mode) const;

 private:
  [[nodiscard]] const Engine& engine_of(ModeId mode) const;

  const Setting& setting_;
  EngineChoice choice_;
  std::uint64_t seed_ = 1;
  Ranges ranges_;
  std::map<ClassId, ConverterRanges> converters_;
};

/// Throws Error with the exit code of interrupted runs where `stop` asks to end before there is a result.
void stop_if_asked(const std::stop_token& stop);

}  // namespace cleave::cli
