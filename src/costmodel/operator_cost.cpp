#include "costmodel/operator_cost.hpp"

#include "costmodel/cim.hpp"
#include "costmodel/cpu_gpu.hpp"
#include "costmodel/npu.hpp"
#include "costmodel/parallel.hpp"
#include "costmodel/pim.hpp"
#include "costmodel/weights_cached.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

/// Why it cannot run operators of a kind, by kind; empty where it can.
std::vector<std::string> refusals(const Profile& profile) {
  std::vector<std::string> reasons(kOpKinds.size());
  for (const OpKind kind : kOpKinds)
    if (const auto found = profile.unsupported.find(std::string(name_of(kind))); found != profile.unsupported.end())
      reasons[static_cast<std::size_t>(kind)] = found->second;
  reasons[static_cast<std::size_t>(OpKind::other)] = "only its measured costs are known";
  return reasons;
}

/// Binds a device's parameters to the function that prices an operator on it.
template <auto price, class Parameters>
CostModel model(const Profile& profile, Parameters parameters) {
  return [parameters = std::move(parameters), reasons = refusals(profile)](const Work& work) {
    const std::string& reason = reasons[static_cast<std::size_t>(work.kind)];
    return reason.empty() ? price(work, parameters) : cannot(reason);
  };
}

CostModel model_of(const Profile& profile, Precision precision, double weights_cached) {
  if (std::ranges::find(profile.precisions, precision) == profile.precisions.end())
    throw UsageError(fmt::format("{} does not run {}", profile.name, name_of(precision)));
  switch (profile.kind) {
    case DeviceKind::cpu:
    case DeviceKind::gpu:
      return model<calibrated_cost>(profile, calibrated_roofline(profile, precision, weights_cached));
    case DeviceKind::npu:
      return model<npu_cost>(profile, npu_parameters(profile, precision));
    case DeviceKind::cim:
      return model<cim_cost>(profile, cim_parameters(profile));
    case DeviceKind::fpga:
    case DeviceKind::vpu:
      return model<parallel_cost>(profile, parallel_parameters(profile, precision));
    case DeviceKind::pim:
      return model<pim_cost>(profile, pim_parameters(profile, precision));
  }
  return {};
}

}  // namespace

CostModel make_cost_model(const Profile& profile, Precision precision) { return model_of(profile, precision, 0); }

CostModel make_cost_model(const Profile& profile, Precision precision, const Network& network) {
  return model_of(profile, precision, weights_cached(network, precision, profile));
}

WeightStore weight_store(const Profile& profile) {
  WeightStore store;
  if (profile.kind == DeviceKind::cim) {
    const CimParameters device = cim_parameters(profile);
    store.resident_bytes = static_cast<double>(device.arrays) * device.array_bytes();
  } else if (const auto cache = profile.numbers.find("weight_cache_bytes"); cache != profile.numbers.end()) {
    store.resident_bytes = cache->second.value;
  }
  const auto reload = profile.numbers.find("reload_s_per_byte");
  if (reload == profile.numbers.end() || reload->second.value == 0) return store;
  store.reload_s_per_byte = reload->second.value;
  store.reload_j_per_byte = profile.number("reload_j_per_byte");
  return store;
}

OperatorCost operator_cost(const Network& network, OpId op, const Profile& profile, Precision precision) {
  return make_cost_model(profile, precision, network)(work_of(network, op, precision));
}

}  // namespace cleave
