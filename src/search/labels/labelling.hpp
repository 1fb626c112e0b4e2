#pragma once
/// The relaxation of plans to labels: only which mode runs each operator counts, not which stage.
///
/// A stage of class c on r devices keeps each of its resources busy for at most r P, so all stages of c together for at
/// most k_c P when they have k_c devices. Tensors between stages of one mode are left out, as are launches, reloads and
/// memory. So every plan, contiguous or not, is a labelling whose loads are at most k_c P and whose energy, with
/// P k_c idle_w added, is at most the plan's.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace cleave::labels {

/// A part of a device that works at one thing at a time.
struct Resource {
  ClassId device = {};
  bool computes = false;
  bool receives = false;
  bool sends = false;
};

/// One for a device whose port and compute units take turns; else two, or three where the port is full duplex.
[[nodiscard]] std::vector<Resource> resources_of(const CostTable& cost);

/// What a second of each phase costs in a mode when a second of each resource has a price.
struct PhasePrices {
  double compute_w = 0;
  double receive_w = 0;
  double send_w = 0;
};
[[nodiscard]] std::vector<PhasePrices> phase_prices(const CostTable& cost, std::span<const Resource> resources,
                                                    std::span<const double> price_w);

struct Labelling {
  std::vector<std::uint32_t> mode_of;  ///< by operator
  double dynamic_j = 0;                ///< one batch
  std::vector<double> load_s;          ///< by resource, of all devices together
};

/// Prices the labels. An operator that cannot run makes it infinite.
[[nodiscard]] Labelling labelling_of(const CostTable& cost, std::span<const Resource> resources,
                                     std::vector<std::uint32_t> mode_of);

}  // namespace cleave::labels
