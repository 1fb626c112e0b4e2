// Networks that are too large for all ideals or for all counts. Two ways to make them small, both of which leave
// legal plans only: operators in groups, and devices in teams. What remains is solved by the exact engine, from coarse
// to fine, first along linear orders, then over a beam of ideals.
#include "search/beam.hpp"
#include "search/coarsen.hpp"
#include "search/counts.hpp"
#include "search/exact.hpp"
#include "search/grouping.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"
#include "search/stage_cost.hpp"

namespace cleave {
namespace {

/// Vectors of usage counts of one run of the engine, from coarse to fine: it answers at its end only, and thus must
/// end within a fraction of a usual time limit.
constexpr std::size_t kCodes[] = {256, 2048, 16384};
constexpr std::size_t kFewestParts = 16;
/// Groups of a beam's network, and ideals more per level, from coarse to fine.
constexpr struct {
  double groups;
  std::size_t width;
} kBeams[] = {{32, 8}, {64, 8}, {128, 8}, {256, 8}, {256, 32}, {1024, 8}, {1024, 32}, {4096, 8}};

class Wide {
 public:
  explicit Wide(const SearchContext& context) : context_(context), cost_(context.problem.cost) {}

  void run() {
    for (const OpId op : cost_.inputs.ids()) work_s_ += fastest_s(cost_, op);
    const auto orders = likely_orders(cost_);
    for (const std::size_t codes : kCodes) {
      most_codes_ = codes;
      along(orders);
      for (const auto& [groups, width] : kBeams)
        if (!context_.stopped()) over_beam(work_s_ / groups, width);
      if (Counts::number_of(cost_) <= static_cast<double>(codes)) return;
    }
  }

 private:
  void along(const std::vector<std::vector<OpId>>& orders) {
    for (std::size_t parts = kFewestParts; parts <= kMostParts; parts *= 2) {
      for (const auto& order : orders) {
        if (context_.stopped()) return;
        const Grouping grouping = group(cost_, even_parts(cost_, order, parts));
        solve(grouping, Lattice::chain(grouping.cost, own_order(grouping.cost)), "chain");
      }
      if (parts >= cost_.operator_count()) return;
    }
  }

  void over_beam(double most_s, std::size_t width) {
    const Grouping grouping = group(cost_, merged_chains(cost_, most_s));
    if (const auto lattice = beam(grouping.cost, likely_orders(grouping.cost), width, context_.stopped))
      solve(grouping, *lattice, "beam");
  }

  void solve(const Grouping& grouping, const Lattice& lattice, const char* phase) {
    const Teams teams = teams_within(grouping.cost, most_codes_);
    const auto report = [&](double fraction) { context_.report(phase, fraction); };
    const auto add = [&](Plan plan) { context_.pool.add(grouping.expand(teams.expand(std::move(plan))), phase); };
    if (period_is_all(cost_)) {
      double known_s = kCannot;
      for (const Score& score : context_.pool.scores()) known_s = std::min(known_s, score.period_s);
      PeriodResult result = least_period(teams.cost, lattice, known_s, context_.stopped, report);
      if (result.plan) add(std::move(*result.plan));
      return;
    }
    const std::vector<bool> cuts(lattice.size(), true);
    ExactResult result = solve_exact(teams.cost, lattice, cuts, context_.pool.scores(), context_.stopped, report);
    for (Plan& plan : result.plans) add(std::move(plan));
  }

  static std::vector<OpId> own_order(const CostTable& cost) {
    std::vector<OpId> order;
    for (const OpId op : cost.inputs.ids()) order.push_back(op);
    return order;
  }

  static constexpr std::size_t kMostParts = 4096;
  const SearchContext& context_;
  const CostTable& cost_;
  double work_s_ = 0;
  std::size_t most_codes_ = 0;
};

}  // namespace

void solve_wide(const SearchContext& context) { Wide(context).run(); }

}  // namespace cleave
