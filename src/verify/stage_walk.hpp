#pragma once
/// Every stage that may follow an ideal, priced from the cost table.

#include "verify/borders.hpp"
#include "verify/certificate.hpp"
#include "verify/ideals.hpp"

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <vector>

namespace cleave::verify {

/// A feasible stage: the operators of `above` that are not in the ideal it was asked for.
struct NextStage {
  std::uint32_t above = 0;
  std::size_t device = 0;  ///< class
  int replicas = 1;
  double load_s = 0;
  double energy_j = 0;               ///< dynamic and transfer, one batch
  std::vector<double> taken_s = {};  ///< of each way of the links that devices share
};

/// The partial plan with that stage on top, of which no completion has a period below `least_s`: its own may count as
/// that, and partial plans that are faster for nothing become one.
[[nodiscard]] PartialPlan extended(const PartialPlan& plan, const NextStage& stage, double least_s);

/// Adds one operator at a time. What grows only (computing, weights) ends a branch; what crosses the border is
/// summed anew for every stage, so nothing is ever subtracted.
class StageWalk {
 public:
  StageWalk(const CostTable& cost, Ideals& ideals, Borders& borders)
      : cost_(cost), ideals_(ideals), borders_(borders) {}

  /// The stages whose load is below `below_s`, after a partial plan in which `makers` made what is on the border.
  void collect(std::uint32_t ideal, const Makers& makers, double below_s, std::vector<NextStage>& out);

 private:
  /// Of one mode, over the operators of the stage.
  struct Inside {
    double compute_s = 0;
    double compute_j = 0;
    double weight_bytes = 0;
    double live_bytes = 0;
  };
  struct Frame {
    std::uint32_t ideal = 0;
    std::size_t next = 0;
    std::vector<Inside> inside;      ///< by mode
    std::vector<TensorId> received;  ///< from outside the stage
    std::vector<TensorId> made;      ///< in the stage, and still needed outside it
  };
  [[nodiscard]] Frame grown(const Frame& frame, const Ideals::Step& step) const;
  [[nodiscard]] bool in_stage(std::uint32_t upper, OpId op) const {
    return ideals_.contains(upper, op) && !ideals_.contains(from_, op);
  }
  [[nodiscard]] bool can_matter(const Frame& frame, double below_s) const;
  void emit(const Frame& frame, const Makers& makers, double below_s, std::vector<NextStage>& out) const;
  /// What crosses the border of a stage, on its side: all of it is held twice, and not all takes the port.
  struct Crossing {
    double receive_s = 0;
    double send_s = 0;
    double energy_j = 0;
    double bytes = 0;
    std::vector<double> taken_s = {};  ///< of each way of shared links
  };
  [[nodiscard]] Crossing crossing(const Frame& frame, const Makers& makers, ModeId mode) const;

  const CostTable& cost_;
  Ideals& ideals_;
  Borders& borders_;
  std::uint32_t from_ = 0;
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> seen_;  ///< by ideal: the round that met it last
};

}  // namespace cleave::verify
