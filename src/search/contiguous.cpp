// Contiguous plans from coarse to fine: the chain of one linear order, then the whole lattice, each
// pruned by what is known already.
#include "search/coarse.hpp"
#include "search/counts.hpp"
#include "search/exact.hpp"
#include "search/lattice.hpp"
#include "search/solvers.hpp"

namespace cleave {
namespace {

/// States (ideal x counts) beyond which counts are capped: 24 bytes each even when empty.
constexpr std::size_t kMaxStates = 60'000'000;

class Contiguous {
 public:
  explicit Contiguous(const SearchContext& context) : context_(context) {}

  Outcome run() {
    const CostTable& cost = context_.problem.cost;
    std::vector<OpId> order;
    for (const OpId op : cost.inputs.ids()) order.push_back(op);
    const Lattice chain = Lattice::chain(cost, order);
    const auto lattice = Lattice::all(cost, context_.options.max_ideals);
    const CostTable capped = with_capped_counts(cost, kMaxStates / (lattice ? lattice->size() : chain.size()));
    const bool whole = lattice && Counts::number_of(capped) == Counts::number_of(cost);
    bool solved = solve_chain(chain, capped);
    if (lattice && lattice->size() != chain.size()) solved = solve_lattice(*lattice, capped);
    return {.exhaustive = whole && solved && !needs_trail(context_), .ideals = lattice ? lattice->size() : 0};
  }

 private:
  bool solve(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const char* phase) {
    const auto report = [&](double fraction) { context_.report(phase, fraction); };
    ExactResult result = solve_exact(cost, lattice, cuts, context_.pool.scores(), context_.stopped, report);
    for (Plan& plan : result.plans) context_.pool.add(std::move(plan), phase);
    return result.finished;
  }

  /// From few cut positions to all: a coarse frontier is cheap and prunes most of the next finer one.
  /// True when the chain was solved to the end.
  bool solve_chain(const Lattice& chain, const CostTable& cost) {
    for (std::size_t parts = 8; parts < cost.operator_count(); parts *= 2)
      solve(cost, chain, even_cuts(cost, parts), "chain");
    return solve(cost, chain, std::vector<bool>(chain.size(), true), "chain");
  }

  /// Again from few cuts to all.
  bool solve_lattice(const Lattice& lattice, const CostTable& cost) {
    const std::size_t mean_width = lattice.size() / lattice.levels();
    for (std::size_t width = 2; width < mean_width; width *= 3)
      solve(cost, lattice, narrow_cuts(cost, lattice, width), "lattice");
    return solve(cost, lattice, std::vector<bool>(lattice.size(), true), "exact");
  }

  const SearchContext& context_;
};

}  // namespace

Outcome solve_contiguous(const SearchContext& context) { return Contiguous(context).run(); }

}  // namespace cleave
