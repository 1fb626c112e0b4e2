#include "search/local/anneal.hpp"

#include "search/local/moves/merge_stages.hpp"
#include "search/local/moves/move_cluster.hpp"
#include "search/local/moves/move_operator.hpp"
#include "search/local/moves/retarget_stage.hpp"
#include "search/local/moves/split_stage.hpp"
#include "search/local/moves/swap_operators.hpp"
#include "search/local/moves/swap_targets.hpp"

#include <cmath>
#include <limits>

namespace cleave::local {
namespace {

constexpr std::size_t kPoll = 1024;       ///< steps between looks at the clock
constexpr double kPenalty = 8;            ///< for exceeding a limit by the factor e
constexpr std::size_t kRefresh = 65'536;  ///< steps between exact sums

double eighth_power(double x) {
  const double square = x * x;
  const double fourth = square * square;
  return fourth * fourth;
}

class Annealing {
 public:
  Annealing(Assignment& assignment, const Goal& goal, bool whole_stages, Random& random, Archive& archive)
      : assignment_(assignment),
        goal_(goal),
        random_(random),
        archive_(archive),
        moves_(whole_stages ? kAll : kOfOperators) {
    value_ = goal_.value(assignment_, assignment_.totals());
  }

  void step(double temperature) {
    temperature_ = temperature;
    const std::uint32_t dice = random_.below(moves_);
    if (dice < 190) return attempt<MoveOperator>();
    if (dice < 220) return attempt<MoveCluster>();
    if (dice < kOfOperators) return attempt<SwapOperators>();
    if (dice < 250) return attempt<RetargetStage>();
    if (dice < 252) return attempt<SwapTargets>();
    if (dice < 254) return attempt<SplitStage>();
    attempt<MergeStages>();
  }

 private:
  template <class Move>
  void attempt() {
    const auto move = Move::draw(assignment_, random_);
    if (!move || !move->allowed(assignment_)) return;
    move->apply(assignment_);
    if (!assignment_.settle()) return assignment_.undo();
    const Totals totals = assignment_.totals();
    const double value = goal_.value(assignment_, totals);
    if (!accepts(value - value_)) return assignment_.undo();
    assignment_.keep();
    value_ = value;
    archive_.offer(totals, assignment_);
  }
  static constexpr std::size_t kOfOperators = 246;
  static constexpr std::size_t kAll = 256;

  bool accepts(double rise) {
    if (rise <= 0) return true;
    return rise < 20 * temperature_ && random_.real() < std::exp(-rise / temperature_);
  }

  Assignment& assignment_;
  const Goal& goal_;
  Random& random_;
  Archive& archive_;
  double value_ = 0;
  double temperature_ = 0;
  std::size_t moves_;
};

}  // namespace

double Goal::value(const Assignment& assignment, const Totals& totals) const {
  const auto loads = assignment.loads_s();
  double sum = kPenalty * totals.excess;
  if (energy) {
    for (const double load_s : loads) sum += kPenalty * std::max(0.0, load_s / period_s - 1);
    return std::log(totals.energy_j + std::numeric_limits<double>::min()) + sum;
  }
  if (totals.energy_j > most_energy_j) sum += kPenalty * (totals.energy_j / most_energy_j - 1);
  double powers = 0;
  for (const double load_s : loads) powers += eighth_power(load_s / period_s);
  return std::log(powers + std::numeric_limits<double>::min()) / 8 + sum;
}

void anneal(Assignment& assignment, const Goal& goal, const Schedule& schedule, Random& random, Archive& archive,
            const std::function<bool()>& stopped) {
  Annealing annealing(assignment, goal, schedule.whole_stages, random, archive);
  const double cooling =
      std::pow(schedule.cold / schedule.hot, static_cast<double>(kPoll) / static_cast<double>(schedule.steps));
  double temperature = schedule.hot;
  for (std::size_t step = 0; step < schedule.steps; ++step) {
    if (step % kPoll == kPoll - 1) {
      if (stopped()) return;
      temperature *= cooling;
    }
    if (step % kRefresh == kRefresh - 1) assignment.refresh();
    annealing.step(temperature);
  }
}

}  // namespace cleave::local
