// Contiguous plans from coarse to fine: the chain of one linear order, then the whole lattice, each
// pruned by what is known already.
#include "search/coarse.hpp"
#include "search/counted_outlook.hpp"
#include "search/counts.hpp"
#include "search/exact.hpp"
#include "search/lattice.hpp"
#include "search/period.hpp"
#include "search/solvers.hpp"

namespace cleave {
namespace {

/// States (ideal x counts) beyond which the exact engine is not asked: 24 bytes each even when empty.
constexpr double kMaxStates = 60e6;

/// Bytes that the bits of all ideals may take.
constexpr std::size_t kMaxBytes = 256'000'000;

/// Of a time limit, where others come after: what all ideals take longer than needs plans and bounds from these.
constexpr double kShare = 0.6;

class Contiguous {
 public:
  explicit Contiguous(const SearchContext& context)
      : all_time_(context), context_(local_applies(context) ? within(context, kShare) : context) {}

  Outcome run() {
    const CostTable& cost = context_.problem.cost;
    const std::size_t most_ideals = std::min(context_.options.max_ideals, kMaxBytes / (cost.operator_count() / 8 + 8));
    const bool few_counts = Counts::number_of(cost) * static_cast<double>(cost.operator_count() + 1) <= kMaxStates;
    const auto lattice = few_counts ? Lattice::up_to_twins(cost, most_ideals, context_.stopped) : std::nullopt;
    if (few_counts && !lattice)
      if (const auto outcome = solve_joined(all_time_, solve_contiguous)) return *outcome;
    if (!lattice || Counts::number_of(cost) * static_cast<double>(lattice->size()) > kMaxStates) {
      solve_wide(labels_apply(all_time_)    ? within(all_time_, 0.2)
                 : local_applies(all_time_) ? within(all_time_, 0.5)
                                            : all_time_);
      return {};
    }
    const Lattice chain = Lattice::chain(cost);
    chain_is_all_ = lattice->size() == chain.size();
    const bool counted = StageOutlook::cheap(cost, *lattice) && CountedOutlook::applies(*lattice, Counts(cost));
    hand_on_ = !chain_is_all_ && !counted;
    bool solved = solve_chain(chain, cost);
    if (!chain_is_all_) solved = solve_lattice(*lattice, cost);
    return {.exhaustive = solved && !needs_trail(context_), .ideals = lattice->size()};
  }

 private:
  /// Finds the least period where nothing else counts.
  bool solve_period(const CostTable& cost, const Lattice& lattice, const char* phase) {
    double known_s = kCannot;
    for (const Score& score : context_.pool.scores()) known_s = std::min(known_s, score.period_s);
    const auto report = [&](double fraction) { context_.report(phase, fraction); };
    PeriodResult result = least_period(cost, lattice, known_s, context_.stopped, report);
    if (result.plan) context_.pool.add(std::move(*result.plan), phase);
    return result.finished;
  }

  bool solve(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const char* phase) {
    const auto report = [&](double fraction) { context_.report(phase, fraction); };
    ExactResult result =
        solve_exact(cost, lattice, cuts, context_.pool.scores(), context_.stopped, report, prices_, hand_on_, least_s_);
    if (result.finished) prices_ = std::move(result.prices);
    context_.pool.add_all(std::move(result.plans), phase);
    return result.finished;
  }

  /// From few cut positions to all: a coarse frontier is cheap and prunes most of the next finer one.
  /// True when the chain was solved to the end.
  bool solve_chain(const Lattice& chain, const CostTable& cost) {
    if (period_is_all(cost)) return solve_period(cost, chain, "chain");
    // Half of them take as long as all.
    for (std::size_t parts = 8; 2 * parts < cost.operator_count(); parts = finer(parts, cost))
      solve(cost, chain, even_cuts(cost, parts), "chain");
    return solve(cost, chain, std::vector<bool>(chain.size(), true), "chain");
  }

  /// Again from few cuts to all.
  bool solve_lattice(const Lattice& lattice, const CostTable& cost) {
    if (period_is_all(cost)) return solve_period(cost, lattice, "exact");
    // One plan that is the best in both figures: no wider search can tell plans by energy, but the period alone is
    // fast.
    if (context_.pool.known().size() == 1 && solve_period(cost, lattice, "lattice"))
      least_s_ = context_.pool.known().front().period_s;
    const std::size_t mean_width = lattice.size() / lattice.levels();
    for (std::size_t width = 2; 4 * width < mean_width; width *= 3)  // wider ones take nearly as long as all
      solve(cost, lattice, narrow_cuts(cost, lattice, width), "lattice");
    return solve(cost, lattice, std::vector<bool>(lattice.size(), true), "exact");
  }

  const SearchContext& all_time_;
  const SearchContext context_;
  bool chain_is_all_ = false;  ///< there are no other ideals
  bool hand_on_ = false;       ///< prices, to a search of all ideals
  std::vector<DevicePrices> prices_;
  double least_s_ = 0;  ///< no plan has a lesser period
};

}  // namespace

Outcome solve_contiguous(const SearchContext& context) { return Contiguous(context).run(); }

}  // namespace cleave
