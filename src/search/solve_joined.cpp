// Networks with too many ideals because of operators that may go anywhere for nothing. Whether such an operator joins
// its neighbour matters for memory alone, and hardly ever then. So all of them join at first, and their memory does
// not count: if the best plans of that fit nevertheless, they are the best of all. Those that overfill a stage are
// looked at one by one from then on.
#include "search/bystanders.hpp"
#include "search/lattice.hpp"
#include "search/legal.hpp"
#include "search/solvers.hpp"
#include "search/stage_cost.hpp"

namespace cleave {
namespace {

class JoinedSearch {
 public:
  JoinedSearch(const SearchContext& context, Outcome (*solve)(const SearchContext&))
      : context_(context), solve_(solve), apart_(context.problem.cost.operator_count(), false) {}

  std::optional<Outcome> run() {
    if (!search(BystanderBytes::count)) return std::nullopt;  // what it finds keeps the next ones short
    while (!context_.stopped()) {
      const auto outcome = search(BystanderBytes::ignored);
      if (!outcome || !outcome->exhaustive) return std::nullopt;
      if (!overfilled_) return outcome;
    }
    return std::nullopt;
  }

 private:
  std::optional<Outcome> search(BystanderBytes bytes) {
    overfilled_ = false;
    const Bystanders joined = join_bystanders(context_.problem.cost, apart_, bytes);
    if (!joined.any || !Lattice::up_to_twins(joined.grouping.cost, context_.options.max_ideals, context_.stopped))
      return std::nullopt;
    const Problem problem{joined.grouping.cost, context_.problem.limits};
    Pool pool(problem, context_.options.latency);
    for (const Known& known : context_.pool.assumed()) pool.assume(known);
    for (const Known& known : context_.pool.answer_figures()) pool.assume(known);
    SearchContext inner{problem, context_.options, pool, context_.stopped, context_.seconds_left, context_.report};
    Outcome outcome = solve_(inner);
    for (const Candidate& candidate : pool.answer()) take(joined.grouping.expand(candidate.plan), candidate.solver);
    return outcome;
  }

  void take(Plan plan, const std::string& solver) {
    if (feasible(context_.problem.cost, plan)) {
      context_.pool.add(std::move(plan), solver);
      return;
    }
    overfilled_ = true;
    const CostTable& cost = context_.problem.cost;
    const std::vector<StageSums> sums = plan_sums(cost, plan, homes(cost, plan));
    for (std::size_t s = 0; s < plan.stages.size(); ++s) {
      const Stage& stage = plan.stages[s];
      if (fits(cost, stage_score(cost, sums[s], stage.mode, stage.replicas), stage.mode)) continue;
      for (const OpId op : stage.operators)
        if (cost.weight_bytes(op, stage.mode) + cost.live_bytes(op, stage.mode) > 0) apart_[op.at()] = true;
    }
  }

  const SearchContext& context_;
  Outcome (*solve_)(const SearchContext&);
  std::vector<bool> apart_;
  bool overfilled_ = false;  ///< a plan of the last search does not fit
};

}  // namespace

std::optional<Outcome> solve_joined(const SearchContext& context, Outcome (*solve)(const SearchContext&)) {
  return JoinedSearch(context, solve).run();
}

}  // namespace cleave
