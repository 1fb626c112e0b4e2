#pragma once
/// The restricted master program of the configuration bound: how many devices the stages known so far need,
/// in fractions, if each operator is in exactly one of them.

#include <cleave/cost_table.hpp>

#include <memory>
#include <vector>

namespace cleave {

/// A stage that a plan may have.
struct Configuration {
  ClassId device_class = {};
  int replicas = 1;
  double time_s = 0;  ///< of its devices together: it fits a period of time_s / replicas
  std::vector<OpId> operators;
};

struct MasterResult {
  bool solved = false;
  double share = 0;                       ///< of the cluster's devices that are needed; above 1: these stages do not do
  bool whole = false;                     ///< no operator is left out
  IndexVector<OpId, double> profit = {};  ///< dual of "exactly one"
  IndexVector<ClassId, double> value = {};  ///< of a device
};

/// minimise z  subject to  sum of x over the stages that have v = 1 for each v,  sum of replicas x over the stages of c
/// <= m_c z, x >= 0. Leaving an operator out, or having it once more, has a price: it bounds the profit of the operator
/// and so keeps the profits from jumping while few stages are known.
class Master {
 public:
  /// False without GLPK: then nothing is ever solved.
  [[nodiscard]] static bool available();
  /// `worth`: what the profits may be about, all together 1.
  Master(const CostTable& cost, const IndexVector<OpId, double>& worth);
  ~Master();
  Master(const Master&) = delete;
  Master& operator=(const Master&) = delete;
  void add(const Configuration& configuration);
  /// With the stages that fit `period_s`.
  [[nodiscard]] MasterResult solve(double period_s);
  /// Doubles the price of leaving operators out.
  void raise();

 private:
  struct Program;
  std::unique_ptr<Program> program_;
};

}  // namespace cleave
