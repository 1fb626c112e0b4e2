#pragma once
/// When can a partial plan still become a point of some part of a cluster?

#include "search/bounds.hpp"
#include "search/counts.hpp"
#include "search/outlook.hpp"
#include "search/stage_outlook.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// A part of a cluster, and what is known to run on it.
struct Part {
  std::vector<int> counts;       ///< devices of each class
  std::vector<Incumbent> known;  ///< by ascending period and descending energy
};

/// The bounds of Outlook and StageOutlook for many parts at once: a partial plan is hopeless only where it is for each
/// part that has its devices.
///
/// Prices mu_c >= 0 of a device that are tuned for the whole cluster are valid for its parts: a part with q_c of the
/// m_c devices has only fewer free, so its bound is that of the whole plus sum_c mu_c (m_c - q_c). So what is known of
/// a part, less that, is compared with one bound for all parts; the most of it over the parts that have a state's
/// devices follows from the counts alone.
class PartsOutlook {
 public:
  /// `steps`: the periods between which bounds are looked at, ascending. `counts` and `bounds` are of the whole
  /// cluster, which is the last of `parts`. All that is referred to must live as long.
  PartsOutlook(const CostTable& cost, const Counts& counts, const Bounds& bounds, const std::vector<Part>& parts,
               const std::vector<Incumbent>& steps);

  /// Bounds stage by stage. `open`, `max_load_s`, `start`, `give_up`: as there.
  void add_stages(const Lattice& lattice, const std::vector<bool>& open, double max_load_s,
                  const std::vector<DevicePrices>& start, const std::function<bool()>& give_up);
  [[nodiscard]] std::vector<DevicePrices> prices() const;
  [[nodiscard]] const StageOutlook* stages() const { return stages_ ? &*stages_ : nullptr; }

  /// As Outlook::thresholds, for the intervals from `first` on. In: the least final energy of a state without its own
  /// dynamic energy, by interval.
  void thresholds(std::uint32_t ideal, std::size_t code, std::size_t first, std::vector<double>& out) const;

 private:
  struct Place {
    std::vector<int> lacking;          ///< devices of each class of the cluster that it does not have
    std::vector<double> inverse_free;  ///< by code: of the priced capacity that is left; 0 where the part lacks devices
    std::size_t first = 0;             ///< interval: nothing is known before it
    std::vector<double> known_j;       ///< by interval
  };
  [[nodiscard]] std::vector<double> most_over_parts(const std::vector<std::vector<double>>& worth_j) const;
  [[nodiscard]] std::size_t unknown_until(std::uint32_t ideal, std::size_t code) const;

  const CostTable& cost_;
  const Counts& counts_;
  const Bounds& bounds_;
  const std::vector<Incumbent>& steps_;
  std::vector<Place> places_;
  std::vector<std::vector<std::uint32_t>> places_of_;  ///< by code: the parts that have its devices
  std::vector<double> known_j_;                        ///< [code][interval]: the most that is known of such a part
  std::vector<double> worth_j_;                        ///< [code][interval]: the same less the value of what it lacks
  std::size_t priced_from_ = 0;                        ///< interval
  std::optional<StageOutlook> stages_;
};

}  // namespace cleave
