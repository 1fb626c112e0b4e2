// Free plans by annealing from many starts at once.
#include "search/legal.hpp"
#include "search/local/multilevel.hpp"
#include "search/solvers.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstdio>

namespace cleave {
namespace {

using namespace local;
double env(const char* n, double d){ const char* v=getenv(n); return v?atof(v):d; }

class MultiStart {
 public:
  explicit MultiStart(const SearchContext& context)
      : context_(context), cost_(context.problem.cost), flat_(cost_) {}

  void run() {
    std::size_t fruitless = 0;
    const std::size_t rounds = env("R",6), N0 = env("N",8000);
    for (std::size_t round = 0; round < rounds && fruitless < env("F",2) && !context_.stopped(); ++round) {
      context_.report("local search", static_cast<double>(round) / rounds);
      fruitless = search(round, std::min<size_t>(N0 << round, 1<<17)) ? 0 : fruitless + 1;
    }
  }

 private:
  bool search(std::size_t round, std::size_t steps) {
    const std::size_t K = env("K",8);
    const auto known = context_.pool.known();
    const auto scores = context_.pool.scores();
    std::vector<std::vector<Placement>> found(K);
    std::vector<double> best(K);
    tbb::parallel_for(std::size_t{0}, K, [&](std::size_t i) {
      Random random(Random(context_.options.seed + 0x9e37 * (round * K + i)).next());
      const std::size_t kind = env("B",1)==0 ? 0 : env("B",1) == 2 ? 1 : i % 2;
      Archive archive(scores);
      Goal goal;
      const Candidate* seed = known.empty() ? nullptr : &known[0];
      if (seed && seed->energy_j > 0 && i % 4 != 0) {
        const size_t at = random.below(known.size());
        seed = &known[at];
        goal.energy = random.real() < env("EG",0.5);
        if (!goal.energy) {
          const double faster_j = at > 0 ? known[at - 1].energy_j : 2 * seed->energy_j;
          goal.most_energy_j = seed->energy_j * std::pow(std::min(faster_j/ seed->energy_j, env("CAP",2)), env("U",0.5)*random.real());
        }
      }
      goal.period_s = seed ? seed->period_s : 1;
      std::optional<Plan> plan;
      if (kind==1 || !seed) plan = multilevel_start(flat_, goal, steps / 2, random, context_.stopped);
      else plan = seed->plan;
      if (!plan) return;
      Assignment assignment(flat_, *plan);
      anneal(assignment, goal, {kind==1?steps/2:steps, env("H", 0.02), env("C",0.0002)}, random, archive, context_.stopped);
      found[i] = archive.found();
      best[i] = assignment.totals().excess>0?99:assignment.totals().period_s;
    });
      if (getenv("D")) { for (double b: best) fprintf(stderr,"%.4f ", b*1e3); fprintf(stderr,"\n"); }
    bool better = false;
    for (const auto& placements : found)
      for (const Placement& placement : placements) {
        Plan plan = plan_of(cost_, placement);
        if (!feasible(cost_, plan)) continue;
        context_.pool.add(std::move(plan), "local");
        better = true;
      }
    return better;
  }

  const SearchContext& context_;
  const CostTable& cost_;
  FlatCost flat_;
};

}  // namespace

bool local_applies(const SearchContext& context) {
  if (context.problem.cost.links || context.problem.cost.operator_count() == 0) return false;
  return context.options.solver == Solver::local ||
         (context.options.solver == Solver::automatic && std::isfinite(context.options.time_limit_s));
}

Outcome solve_local(const SearchContext& context) {
  MultiStart(context).run();
  return {};
}

}  // namespace cleave
