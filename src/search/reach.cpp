#include "search/reach.hpp"

#include "base/parallel.hpp"
#include "search/stage_cost.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>

namespace cleave {
namespace {

/// From this many sources on a level is shared by threads: where sources are few, thousands of stages start at each.
constexpr std::size_t kWorthSharing = 2;

/// Sums of n terms that are not negative are off by n eps of themselves at most: far below this.
constexpr double kSafety = 1 - 1e-9;

template <class Word>
void or_shifted(Word* to, const Word* from, const Word* mask, std::size_t words, std::size_t shift) {
  const std::size_t whole = shift / 64;
  const std::size_t rest = shift % 64;
  for (std::size_t i = words; i-- > whole;) {
    Word moved = (from[i - whole] & mask[i - whole]) << rest;
    if (rest != 0 && i > whole) moved |= (from[i - whole - 1] & mask[i - whole - 1]) >> (64 - rest);
    to[i] |= moved;
  }
}

/// Does `moved` have a code that `codes`, which other threads add to, has not?
template <class Word>
bool any_new(const Word* moved, Word* codes, std::size_t words) {
  for (std::size_t word = 0; word < words; ++word)
    if ((moved[word] & ~std::atomic_ref<Word>(codes[word]).load(std::memory_order_relaxed)) != 0) return true;
  return false;
}

bool bit(const std::uint64_t* words, std::size_t at) { return (words[at / 64] >> (at % 64)) & 1; }

}  // namespace

Reach::Reach(const CostTable& cost, const Lattice& lattice)
    : cost_(cost),
      lattice_(lattice),
      counts_(cost),
      bounds_(cost, lattice, counts_),
      table_(cost),
      words_((counts_.size() + 63) / 64),
      dependents_(cost, bounds_.work()),
      walkers_([this] { return Walker(table_, dependents_); }) {
  IndexVector<OpId, double> fastest(cost.operator_count());
  for (const OpId op : cost.inputs.ids()) fastest[op] = cleave::fastest_s(cost, op);
  fastest_s_ = sums_inside(lattice, fastest);
  IndexVector<ClassId, std::size_t> first_free;
  IndexVector<ClassId, std::size_t> stride;
  for (const ClassId device : cost.classes.ids()) {
    first_free.push_back(free_.size());
    stride.push_back(counts_.take(0, device, 1));
    for (int replicas = 1; replicas <= cost.classes[device].most_replicas(); ++replicas) {
      std::vector<Word> free(words_, 0);
      for (std::size_t code = 0; code < counts_.size(); ++code)
        if (counts_.free(code, device) >= replicas) free[code / 64] |= Word{1} << (code % 64);
      free_.push_back(std::move(free));
    }
  }
  for (const ModeId mode : cost.modes.ids()) {
    first_move_.push_back(moves_.size());
    const ClassId device = cost.modes[mode].device_class;
    for (int replicas = 1; replicas <= cost.classes[device].most_replicas(); ++replicas) {
      const auto extra = static_cast<std::size_t>(replicas) - 1;
      moves_.push_back({mode.at(), replicas, stride[device] * (extra + 1), free_[first_free[device] + extra].data()});
    }
  }
  first_move_.push_back(moves_.size());
}

bool Reach::reached(std::uint32_t ideal) const {
  const Word* codes = &codes_[ideal * words_];
  return std::any_of(codes, codes + words_, [](Word word) { return word != 0; });
}

Reach::Answer Reach::below(double threshold_s, const std::function<bool()>& give_up) {
  threshold_s_ = threshold_s;
  keep_loads();
  walkers_.each([](Walker& walker) { walker.tried = 0; });
  codes_.assign(lattice_.size() * words_, 0);
  sources_.clear();
  source_codes_.clear();
  for (std::size_t code = 0; code < counts_.size(); ++code) codes_[code / 64] |= Word{1} << (code % 64);
  for (std::size_t level = 0; level + 1 < lattice_.levels(); ++level) {
    if (give_up()) return Answer::stopped;
    const std::size_t first = sources_.size();
    find_sources(level);
    if (sources_.size() - first < kWorthSharing) {
      for (std::size_t i = first; i < sources_.size(); ++i) expand(sources_[i], walkers_.local());
    } else {
      in_parallel(first, sources_.size(), [&](std::size_t i) {
        if (!give_up()) expand(sources_[i], walkers_.local());
      });
      if (give_up()) return Answer::stopped;
    }
    if (reached(lattice_.top())) return Answer::yes;
  }
  return Answer::no;
}

/// Of a chain. Thresholds fall, as a rule.
void Reach::keep_loads() {
  if (!ChainLoads::worth_keeping(lattice_, cost_.modes.size())) return;
  int most_replicas = 1;
  for (const ClassCost& device : cost_.classes) most_replicas = std::max(most_replicas, device.most_replicas());
  if (!chain_ || chain_->most_s() < threshold_s_ * most_replicas)
    chain_.emplace(table_, lattice_, threshold_s_ * most_replicas);
}

std::size_t Reach::stages_tried() {
  std::size_t tried = 0;
  walkers_.each([&](const Walker& walker) { tried += walker.tried; });
  return tried;
}

/// Sources are chosen before any stage of their level is tried, so that the choice does not depend on threads.
void Reach::find_sources(std::size_t level) {
  for (std::uint32_t ideal = lattice_.first(level); ideal < lattice_.last(level); ++ideal) {
    if (!reached(ideal)) continue;
    source_codes_.resize(source_codes_.size() + words_);
    if (is_source(ideal, &source_codes_[source_codes_.size() - words_]))
      sources_.push_back({ideal, source_codes_.size() - words_});
    else
      source_codes_.resize(source_codes_.size() - words_);
  }
}

/// Sets the codes from which stages should start.
bool Reach::is_source(std::uint32_t ideal, Word* codes) {
  Word* mine = &codes_[ideal * words_];
  for (std::size_t word = 0; word < words_; ++word)
    for (Word rest = mine[word]; rest != 0; rest &= rest - 1) {
      const std::size_t code = 64 * word + static_cast<std::size_t>(std::countr_zero(rest));
      if (bounds_.period_s(ideal, code) >= threshold_s_) mine[word] &= ~(Word{1} << (code % 64));
    }
  std::copy_n(mine, words_, codes);
  for (const Lattice::Extension& extension : lattice_.extensions(ideal)) {
    const Word* larger = &codes_[extension.upper * words_];
    bool common = false;
    for (std::size_t word = 0; word < words_; ++word) common |= (codes[word] & larger[word]) != 0;
    if (!common || !table_.light(lattice_, ideal, extension.op)) continue;
    for (std::size_t word = 0; word < words_; ++word) codes[word] &= ~larger[word];
  }
  return std::any_of(codes, codes + words_, [](Word word) { return word != 0; });
}

/// Every stage that starts at the source, each once: operators join in ascending order.
void Reach::expand(const Source& source, Walker& walker) {
  if (!start(source, walker)) return;
  if (chain_) return expand_chain(source, walker);
  walker.frames.assign(1, {source.ideal, 0, 0, 0, kCannot});
  while (!walker.frames.empty()) {
    Walker::Frame& frame = walker.frames.back();
    const auto extensions = lattice_.extensions(frame.ideal);
    // What was tried before is left out from here on.
    if (frame.next == extensions.size() ||
        (frame.next > frame.first && leaves_too_much(walker, frame, extensions[frame.next - 1].op))) {
      walker.left_out.shrink(frame.left_out);
      if (!walker.stage.empty()) walker.stage.pop();
      walker.frames.pop_back();
      continue;
    }
    const auto [op, upper] = extensions[frame.next++];
    walker.stage.push(op);
    ++walker.tried;
    const double most_rest = most_rest_of(walker, [&](std::size_t mode) { return walker.stage.least_load_s(mode); });
    if (walker.left_out.work() * kSafety >= most_rest) {
      walker.stage.pop();
      continue;
    }
    if (bounds_.to_go(upper) < most_rest)
      arrive(upper, walker, [&](std::size_t mode) { return walker.stage.load_s(mode); });
    const auto above = lattice_.extensions(upper);
    const auto later = std::upper_bound(above.begin(), above.end(), op,
                                        [](OpId last, const Lattice::Extension& next) { return last < next.op; });
    if (later == above.end()) {
      walker.stage.pop();
      continue;
    }
    const auto first = static_cast<std::uint32_t>(later - above.begin());
    walker.frames.push_back({upper, first, first, walker.left_out.size(), most_rest});
  }
}

/// The same for a chain, whose stages are timed already.
void Reach::expand_chain(const Source& source, Walker& walker) {
  const std::vector<ChainLoads::Load>& loads = chain_->from(source.ideal);
  const std::size_t modes = table_.modes().size();
  const ChainLoads::Load* stage = loads.data();
  for (std::uint32_t upper = source.ideal + 1; stage != loads.data() + loads.size(); ++upper, stage += modes) {
    ++walker.tried;
    const double most_rest = most_rest_of(walker, [&](std::size_t mode) { return stage[mode].least_s; });
    if (most_rest <= 0) return;
    if (bounds_.to_go(upper) < most_rest) arrive(upper, walker, [&](std::size_t mode) { return stage[mode].load_s; });
  }
}

bool Reach::start(const Source& source, Walker& walker) const {
  const Word* codes = &source_codes_[source.codes];
  walker.moved.assign((moves_.size() + table_.modes().size()) * words_, 0);
  walker.options.clear();
  for (std::size_t mode = 0; mode < table_.modes().size(); ++mode) {
    const Move* const first = &moves_[first_move_[mode]];
    Option option{mode, first, first, (moves_.size() + mode) * words_, 0, 0};
    for (std::size_t i = first_move_[mode]; i < first_move_[mode + 1]; ++i) {
      Word* moved = &walker.moved[i * words_];
      or_shifted(moved, codes, moves_[i].free, words_, moves_[i].shift);
      for (std::size_t word = 0; word < words_; ++word)
        for (Word rest = moved[word]; rest != 0; rest &= rest - 1) {
          const std::size_t code = 64 * word + static_cast<std::size_t>(std::countr_zero(rest));
          option.end = &moves_[i] + 1;
          option.limit_s = threshold_s_ * moves_[i].replicas;
          option.most_rest = std::max(option.most_rest, bounds_.most_to_go(code, threshold_s_));
        }
      for (std::size_t word = 0; word < words_; ++word) walker.moved[option.reach + word] |= moved[word];
    }
    if (option.most_rest > 0) walker.options.push_back(option);
  }
  return !walker.options.empty();
}

/// Leaves `op` out of the stages that the frame stands for. Does too much work remain after them then?
bool Reach::leaves_too_much(Walker& walker, const Walker::Frame& frame, OpId op) const {
  if (dependents_.work_of(op) * kSafety >= frame.most_rest) return true;
  walker.left_out.add(op);
  return walker.left_out.work() * kSafety >= frame.most_rest;
}

/// The most work that may remain after the stage or one that it grows to; 0 where no such stage is short enough.
template <class LeastLoad>
double Reach::most_rest_of(const Walker& walker, LeastLoad&& least_load_s) const {
  double most_rest = 0;
  for (const Option& option : walker.options)
    if (option.most_rest > most_rest && least_load_s(option.mode) < option.limit_s) most_rest = option.most_rest;
  return most_rest;
}

/// By the fewest devices that bring the stage below the threshold. Most stages lead to what is reached already, which
/// is seen before they are priced.
template <class Load>
void Reach::arrive(std::uint32_t ideal, const Walker& walker, Load&& load_of) {
  const double to_go = bounds_.to_go(ideal);
  Word* const codes = &codes_[ideal * words_];
  for (const Option& option : walker.options) {
    if (to_go >= option.most_rest || !any_new(&walker.moved[option.reach], codes, words_)) continue;
    const double load_s = load_of(option.mode);
    const Move* move = option.first;
    while (move != option.end && !(load_s / move->replicas < threshold_s_)) ++move;
    if (move == option.end) continue;
    const Word* moved = &walker.moved[static_cast<std::size_t>(move - moves_.data()) * words_];
    for (std::size_t word = 0; word < words_; ++word)
      if (std::atomic_ref<Word> here(codes[word]); (moved[word] & ~here.load(std::memory_order_relaxed)) != 0)
        here.fetch_or(moved[word], std::memory_order_relaxed);
  }
}

Plan Reach::plan() const {
  /// Enough to choose from: the least load of the first few stages that fit.
  constexpr int kEnough = 48;
  Plan plan;
  std::uint32_t upper = lattice_.top();
  std::size_t code = 0;
  while (!bit(&codes_[upper * words_], code)) ++code;
  while (upper != 0) {
    Stage best;
    double best_s = kCannot;
    std::uint32_t best_lower = 0;
    int fitting = 0;
    for (auto source = sources_.rbegin(); source != sources_.rend() && fitting < kEnough; ++source) {
      if (source->ideal >= upper || !lattice_.within(source->ideal, upper)) continue;
      const double least_s = fastest_s_[upper] - fastest_s_[source->ideal];
      std::vector<OpId> operators;
      for (const Move& move : moves_) {
        const ClassId device = table_.modes()[move.mode].device_class;
        if (counts_.used(code, device) < move.replicas || least_s * (1 - 1e-6) > threshold_s_ * move.replicas) continue;
        if (!bit(&source_codes_[source->codes], counts_.release(code, device, move.replicas))) continue;
        if (least_s * (1 - 1e-6) >= best_s * move.replicas) {  // no better, fit or not
          ++fitting;
          continue;
        }
        if (operators.empty()) operators = lattice_.difference(upper, source->ideal);
        const StageScore score =
            stage_score(cost_, stage_sums(cost_, operators, ModeId(move.mode)), ModeId(move.mode), move.replicas);
        if (!fits(cost_, score, ModeId(move.mode)) || score.load_s > threshold_s_ * (1 + 1e-13)) continue;
        ++fitting;
        if (score.load_s >= best_s) continue;
        best_s = score.load_s;
        best = {ModeId(move.mode), move.replicas, operators};
        best_lower = source->ideal;
      }
    }
    if (best.operators.empty()) return {};
    code = counts_.release(code, cost_.modes[best.mode].device_class, best.replicas);
    upper = best_lower;
    plan.stages.push_back(std::move(best));
  }
  std::reverse(plan.stages.begin(), plan.stages.end());
  return plan;
}

}  // namespace cleave
