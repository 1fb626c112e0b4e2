#include "cli/run_engines.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace cleave::cli {
namespace {

constexpr Engine kFp32{
    .name = "cpu fp32", .is_fp32 = true, .make = [](const EngineSetting&) { return make_cpu_backend(); }};
constexpr Engine kBf16{.name = "cpu bf16", .make = [](const EngineSetting&) { return make_cpu_bf16_backend(); }};
constexpr Engine kInt8{.name = "cpu int8", .needs_ranges = true, .make = [](const EngineSetting& setting) {
                         return make_cpu_int8_backend(setting.ranges);
                       }};
constexpr Engine kCim{
    .name = "cim", .needs_ranges = true, .device_matters = true, .make = [](const EngineSetting& setting) {
      return make_cim_backend({*setting.device.profile, setting.seed}, setting.ranges, setting.converters);
    }};
constexpr Engine kOpenCl{.name = "opencl fp32", .is_fp32 = true, .on_cpu = false, .make = [](const EngineSetting&) {
                           return make_opencl_backend();
                         }};
constexpr Engine kReference{.name = "reference", .make = [](const EngineSetting&) { return make_reference_backend(); }};

bool has_gpu() {
  const auto device = find_opencl_device();
  return device && device->is_gpu;
}

/// Which stages an engine computes; absent: of any device, at any precision.
struct Row {
  std::optional<DeviceKind> device;
  std::optional<Precision> precision;
  bool (*is_here)();  ///< whether this machine can
  Engine engine;
};

/// The first row that fits counts; the last one fits everything.
constexpr std::array kRows{
    Row{DeviceKind::cim, std::nullopt, [] { return true; }, kCim},
    Row{DeviceKind::gpu, std::nullopt, has_gpu, kOpenCl},
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

const Engine& Engines::engine_of(ModeId mode) const {
  if (choice_ == EngineChoice::fp32) return kFp32;
  if (choice_ == EngineChoice::opencl) return kOpenCl;
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
  return choice_ == EngineChoice::plan && engine_of(mode).is_fp32 &&
         setting_.cost.modes[mode].precision != Precision::fp32;
}

bool Engines::need_ranges(const Plan& plan) const {
  return std::ranges::any_of(plan.stages, [&](const Stage& stage) { return engine_of(stage.mode).needs_ranges; });
}

void Engines::calibrate(const Network& network, const Plan& plan, std::span<const std::vector<Tensor>> inputs,
                        const std::stop_token& stop) {
  ranges_ = observe_ranges(network, inputs, stop);
  for (const Stage& stage : plan.stages) {
    if (stop.stop_requested()) return;
    const ClassId device = setting_.cost.modes[stage.mode].device_class;
    if (engine_of(stage.mode).name != kCim.name || converters_.contains(device)) continue;
    const CimChip chip{*setting_.devices.classes[device].profile, seed_};
    converters_[device] = observe_converters(network, chip, ranges_, inputs, stop);
  }
}

std::string Engines::remark(const Network& network, const Stage& stage) const {
  if (engine_of(stage.mode).name != kOpenCl.name) return "";
  std::map<std::string, int> on_cpu;
  std::size_t nodes = 0;
  for (const OpId op : stage.operators)
    for (const NodeId id : network.operators[op].nodes) {
      const Node& node = network.graph->nodes[id];
      ++nodes;
      if (!opencl_has_kernel(*network.graph, node)) ++on_cpu[node.type];
    }
  const std::string where = "on " + find_opencl_device()->name;
  if (on_cpu.empty()) return fmt::format("all {} nodes run {}", nodes, where);
  std::vector<std::string> types;
  for (const auto& [type, count] : on_cpu) types.push_back(fmt::format("{} {}", count, type));
  return fmt::format("its {} nodes run {}, but for these on the CPU: {}", nodes, where, fmt::join(types, ", "));
}

void stop_if_asked(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ExitCode::interrupted, "interrupted before the first batch; run it again");
}

std::unique_ptr<Backend> Engines::make(ModeId mode) const {
  const ConverterRanges none;
  const ModeCost& cost = setting_.cost.modes[mode];
  const auto converters = converters_.find(cost.device_class);
  return engine_of(mode).make({setting_.devices.classes[cost.device_class], cost.precision, ranges_,
                               converters == converters_.end() ? none : converters->second, seed_});
}

}  // namespace cleave::cli
