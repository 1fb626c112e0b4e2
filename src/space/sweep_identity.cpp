#include "space/sweep_identity.hpp"

#include "report/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave {

SweepIdentity identity_of(const DesignSpace& space, const SpaceOptions& options, Sources& sources) {
  SweepIdentity identity;
  for (std::size_t model = 0; model < space.models.size(); ++model)
    identity.emplace_back(fmt::format("model {}", space.models[model]),
                          fingerprint(sources.network(model, space.batch)));
  identity.emplace_back(fmt::format("cluster {}", space.cluster), fingerprint(sources.cluster()));
  for (const Axis& axis : space.axes)
    identity.emplace_back(fmt::format("axis {}", axis.name), fmt::format("{}", fmt::join(axis.values, ",")));
  const SpaceLimits& limits = options.limits;
  identity.emplace_back("limits", fmt::format("{} W, {} s, {} devices, {} USD, {} mm2", limits.power_w,
                                              limits.latency_s, limits.devices, limits.cost_usd, limits.area_mm2));
  identity.emplace_back("latency as an objective", options.objectives.latency ? "yes" : "no");
  identity.emplace_back("full", options.prune ? "no" : "yes");
  if (options.method == SpaceMethod::nsga2)
    identity.emplace_back("nsga2",
                          fmt::format("{} searches, seed {}", options.evolution.evaluations, options.evolution.seed));
  identity.emplace_back("frontier only", options.frontier_only ? "yes" : "no");
  return identity;
}

}  // namespace cleave
