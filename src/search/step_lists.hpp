#pragma once
/// The stages that may end at an ideal, as steps of the dynamic program over labels.

#include "search/period_cells.hpp"
#include "search/transitions.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// A stage on a number of devices that its list is for. Ideals are told by their places.
struct Step {
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);

  double load_s = 0;
  double fewer_s = 0;  ///< load on one device less
  double energy_j = 0;
  std::uint32_t cell = 0;   ///< of the load
  std::uint32_t place = 0;  ///< where it begins; kNone behind the last one of a list
  ModeId mode = {};
};

/// By class and replicas, places ascending. Holds its memory: one per ideal that is worked on.
class StepLists {
 public:
  /// `places`: by ideal its place, of `place_count`. All must live as long.
  StepLists(const CostTable& cost, const PeriodCells& cells, const std::vector<std::uint32_t>& places,
            std::size_t place_count);

  /// All steps of these stages, which are sorted, but those of more load than `max_load_s`.
  void fill(std::vector<Transition>& stages, double max_load_s);

  [[nodiscard]] std::size_t list(ClassId device, int replicas) const {
    return first_list_[device] + static_cast<std::size_t>(replicas) - 1;
  }
  [[nodiscard]] const std::vector<Step>& steps(std::size_t list) const { return steps_[list]; }
  /// By place the first of the list's steps that stands on it, or kNone; empty where places are many.
  [[nodiscard]] const std::vector<std::uint32_t>& first(std::size_t list) const { return first_[list]; }
  /// Of all lists.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void clear();

  const CostTable* cost_;
  const PeriodCells* cells_;
  const std::vector<std::uint32_t>* places_;
  IndexVector<ClassId, std::size_t> first_list_;  ///< by class: its list for one device
  std::vector<std::vector<Step>> steps_;
  std::vector<std::vector<std::uint32_t>> first_;
  std::size_t size_ = 0;
};

}  // namespace cleave
