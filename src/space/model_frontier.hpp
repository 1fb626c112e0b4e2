#pragma once
/// The best plans of one model over the points that were searched so far.

#include "search/surface.hpp"
#include "space/measure.hpp"

#include <cleave/explore.hpp>

#include <cstddef>
#include <vector>

namespace cleave {

class ModelFrontier {
 public:
  explicit ModelFrontier(Objectives objectives) : objectives_(objectives) {}

  struct Item {
    double period_s = 0;  ///< per inference
    double energy_j = 0;
    double latency_s = 0;  ///< 0 where it is no objective
    std::size_t point = 0;
    FrontierPoint plan = {};
  };

  /// `figures` of `plan`, found at `point`. Of equal plans the first stays.
  void add(const DesignFigures& figures, std::size_t point, const FrontierPoint& plan);
  /// By ascending period, without those that another covers up to rounding: a later plan may cover an earlier one.
  [[nodiscard]] std::vector<Item> items() const { return without_rounding_twins(best_); }
  /// How many there are, such twins among them.
  [[nodiscard]] std::size_t size() const { return best_.items().size(); }
  /// Share of the box between the best and the worst figures of any plan that was added.
  [[nodiscard]] double hypervolume() const;
  /// The plans of `items` with their intervals of weights; these compare inferences, whatever their batches.
  [[nodiscard]] static std::vector<FrontierPoint> weighed(const std::vector<Item>& items);

 private:
  Objectives objectives_;
  Surface<Item> best_;
  Extent extent_;
};

}  // namespace cleave
