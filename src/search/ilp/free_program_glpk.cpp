// Times are in units of the limit on the period, so that GLPK's tolerances (1e-7) mean the same for every problem;
// bytes in units of the memory; joules in units of the largest coefficient.
#include "search/any_bounds/stage_time.hpp"
#include "search/glpk_environment.hpp"
#include "search/ilp/free_program.hpp"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cleave {
namespace {

constexpr int kNone = 0;  // GLPK counts from 1

using Terms = std::vector<std::pair<int, double>>;

struct Slot {
  ModeId mode = {};
  int used = kNone;                    ///< 1 where any operator is here
  IndexVector<OpId, int> here = {};    ///< kNone where it cannot run
  IndexVector<TensorId, int> in = {};  ///< it is received here; kNone where that costs nothing
  IndexVector<TensorId, int> out = {};
};

class FreeProgram {
 public:
  FreeProgram(const CostTable& cost, const FreeProgramOptions& options) : cost_(cost), options_(options) {
    enter_glpk();
    program_ = glp_create_prob();
    period_ = column(0, 1);
    for (const ModeId mode : cost.modes.ids())
      for (int i = 0; i < cost.classes[cost.modes[mode].device_class].count; ++i) add_slot(mode);
    for (const OpId op : cost.inputs.ids()) {
      Terms placed;
      for (const Slot& slot : slots_)
        if (slot.here[op] != kNone) placed.emplace_back(slot.here[op], 1);
      row(placed, 1, 1);
    }
    limit_devices();
    order_equal_slots();
    minimise();
  }
  FreeProgram(const FreeProgram&) = delete;
  FreeProgram& operator=(const FreeProgram&) = delete;
  ~FreeProgram() { glp_delete_prob(program_); }

  FreeProgramResult solve() {
    glp_iocp how;
    glp_init_iocp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.presolve = GLP_ON;
    how.mir_cuts = GLP_ON;
    how.mip_gap = 1e-7;
    how.br_tech = GLP_BR_DTH;
    how.cb_func = [](glp_tree* tree, void* self) { static_cast<FreeProgram*>(self)->watch(tree); };
    how.cb_info = this;
    constexpr double longest_ms = 1e9;
    how.tm_lim = static_cast<int>(std::clamp(options_.time_limit_s * 1e3, 1.0, longest_ms));
    const int status = glp_intopt(program_, &how);
    const int found = glp_mip_status(program_);
    FreeProgramResult result;
    result.finished = status == GLP_ENOPFS || (status == 0 && (found == GLP_OPT || found == GLP_NOFEAS));
    result.bound = bound_ * (options_.energy ? unit_ : options_.period_s);
    if (status != GLP_ENOPFS && (found == GLP_OPT || found == GLP_FEAS)) result.plan = plan();
    return result;
  }

 private:
  int column(double least, double most) {
    const int index = glp_add_cols(program_, 1);
    const bool bounded = std::isfinite(most);
    glp_set_col_bnds(program_, index, !bounded ? GLP_LO : most > least ? GLP_DB : GLP_FX, least, bounded ? most : 0);
    return index;
  }

  void row(const Terms& terms, double least, double most) {
    std::vector<int> columns{0};
    std::vector<double> values{0};
    Terms merged = terms;
    std::sort(merged.begin(), merged.end());
    for (const auto& [index, value] : merged) {
      if (value == 0) continue;
      if (columns.back() == index) {
        values.back() += value;
        continue;
      }
      columns.push_back(index);
      values.push_back(value);
    }
    const int index = glp_add_rows(program_, 1);
    const bool below = std::isfinite(least);
    const bool above = std::isfinite(most);
    glp_set_row_bnds(program_, index,
                     below && above ? (least < most ? GLP_DB : GLP_FX)
                     : below        ? GLP_LO
                                    : GLP_UP,
                     below ? least : 0, above ? most : 0);
    glp_set_mat_row(program_, index, static_cast<int>(columns.size()) - 1, columns.data(), values.data());
  }
  [[nodiscard]] double time(double seconds) const { return seconds / options_.period_s; }

  /// What a slot costs depends on whether it has any operator.
  [[nodiscard]] bool being_used_counts(ModeId mode) const {
    const ModeCost& how = cost_.modes[mode];
    const auto shares = std::count_if(cost_.modes.begin(), cost_.modes.end(),
                                      [&](const ModeCost& other) { return other.device_class == how.device_class; });
    return shares > 1 || how.stage_launch_s > 0 ||
           (options_.energy && (how.stage_launch_j > 0 || cost_.classes[how.device_class].idle_w > 0));
  }

  void add_slot(ModeId mode) {
    const StageTime alone = stage_time(cost_, mode);
    const bool counts = being_used_counts(mode);
    Slot slot{.mode = mode};
    slot.used = column(0, 1);
    slot.here = IndexVector<OpId, int>(cost_.operator_count(), kNone);
    slot.in = slot.out = IndexVector<TensorId, int>(cost_.tensors.size(), kNone);
    for (const OpId op : cost_.inputs.ids()) {
      if (!std::isfinite(alone.compute_s[op])) continue;
      slot.here[op] = column(0, 1);
      glp_set_col_kind(program_, slot.here[op], GLP_BV);
      if (counts) row({{slot.here[op], 1}, {slot.used, -1}}, -kCannot, 0);
      joules_.emplace_back(slot.here[op], cost_.compute_j(op, mode));
    }
    for (const TensorId tensor : cost_.tensors.ids()) add_crossing(slot, tensor);
    add_load(slot);
    slots_.push_back(std::move(slot));
  }

  /// in >= (a reader is here) - (the producer is here), out >= (the producer is here) - (a reader is here).
  void add_crossing(Slot& slot, TensorId tensor) {
    const TensorUse& use = cost_.tensors[tensor];
    if (cost_.transfer_s(tensor, slot.mode) == 0 && cost_.transfer_j(tensor, slot.mode) == 0 &&
        cost_.transfer_bytes(tensor, slot.mode) == 0)
      return;
    const auto exceeds = [&](int& crossing, int one, int other) {
      if (one == kNone) return;
      if (crossing == kNone) crossing = column(0, 1);
      Terms terms{{one, 1}, {crossing, -1}};
      if (other != kNone) terms.emplace_back(other, -1);
      row(terms, -kCannot, 0);
    };
    const int made = use.producer.valid() ? slot.here[use.producer] : kNone;
    for (const OpId reader : use.consumers) {
      exceeds(slot.in[tensor], slot.here[reader], made);
      exceeds(slot.out[tensor], made, slot.here[reader]);
    }
    if (use.leaves) exceeds(slot.out[tensor], made, kNone);
    for (const int crossing : {slot.in[tensor], slot.out[tensor]})
      if (crossing != kNone) joules_.emplace_back(crossing, cost_.transfer_j(tensor, slot.mode));
  }

  void add_load(const Slot& slot) {
    const ModeCost& how = cost_.modes[slot.mode];
    const ClassCost& device = cost_.classes[how.device_class];
    Terms compute{{slot.used, time(how.stage_launch_s)}};
    Terms receive;
    Terms send;
    for (const OpId op : cost_.inputs.ids())
      if (slot.here[op] != kNone) compute.emplace_back(slot.here[op], time(cost_.compute_s(op, slot.mode)));
    for (const TensorId tensor : cost_.tensors.ids()) {
      const double seconds = time(cost_.transfer_s(tensor, slot.mode));
      if (slot.in[tensor] != kNone) receive.emplace_back(slot.in[tensor], seconds);
      if (slot.out[tensor] != kNone) send.emplace_back(slot.out[tensor], seconds);
    }
    joules_.emplace_back(slot.used, how.stage_launch_j);
    add_weights(slot, compute);
    const auto fits = [&](std::initializer_list<const Terms*> parts) {
      Terms all{{period_, -1}};
      for (const Terms* part : parts) all.insert(all.end(), part->begin(), part->end());
      row(all, -kCannot, 0);
    };
    if (!device.overlap)
      fits({&compute, &receive, &send});
    else {
      fits({&compute});
      if (device.full_duplex) {
        fits({&receive});
        fits({&send});
      } else {
        fits({&receive, &send});
      }
    }
    if (device.idle_w > 0 && options_.energy) {
      // idle >= period - (1 - used): the period of a powered device, in units of the limit.
      const int idle = column(0, 1);
      row({{idle, 1}, {period_, -1}, {slot.used, -1}}, -1, kCannot);
      joules_.emplace_back(idle, device.idle_w * options_.period_s);
    }
  }

  /// Reloads of what does not stay on chip, and the limit on memory; only where they can matter at all.
  void add_weights(const Slot& slot, Terms& compute) {
    const ModeCost& how = cost_.modes[slot.mode];
    const double memory = cost_.classes[how.device_class].memory_bytes;
    double all_weights = 0;
    double most_bytes = 0;
    double largest_live = 0;
    for (const OpId op : cost_.inputs.ids()) {
      if (slot.here[op] == kNone) continue;
      all_weights += cost_.weight_bytes(op, slot.mode);
      largest_live = std::max(largest_live, cost_.live_bytes(op, slot.mode));
    }
    for (const TensorId tensor : cost_.tensors.ids()) most_bytes += 2 * cost_.transfer_bytes(tensor, slot.mode);
    Terms weights;
    for (const OpId op : cost_.inputs.ids())
      if (slot.here[op] != kNone && all_weights > 0)
        weights.emplace_back(slot.here[op], cost_.weight_bytes(op, slot.mode) / all_weights);
    if (all_weights > how.resident_bytes) {
      const bool reloads = std::isfinite(how.reload_s_per_byte);
      const int excess = column(0, reloads ? 1 : 0);
      Terms terms = weights;
      terms.emplace_back(excess, -1);
      row(terms, -kCannot, how.resident_bytes / all_weights);
      if (reloads) compute.emplace_back(excess, time(all_weights * how.reload_s_per_byte));
      if (reloads) joules_.emplace_back(excess, all_weights * how.reload_j_per_byte);
    }
    if (all_weights + largest_live + most_bytes <= memory) return;
    const int live = column(0, kCannot);
    Terms bytes{{live, 1}};
    for (const OpId op : cost_.inputs.ids()) {
      if (slot.here[op] == kNone) continue;
      bytes.emplace_back(slot.here[op], cost_.weight_bytes(op, slot.mode) / memory);
      row({{slot.here[op], cost_.live_bytes(op, slot.mode) / memory}, {live, -1}}, -kCannot, 0);
    }
    for (const TensorId tensor : cost_.tensors.ids())
      for (const int crossing : {slot.in[tensor], slot.out[tensor]})
        if (crossing != kNone) bytes.emplace_back(crossing, 2 * cost_.transfer_bytes(tensor, slot.mode) / memory);
    row(bytes, -kCannot, 1);
  }

  /// Slots of several modes share the devices of their class.
  void limit_devices() {
    for (const ClassId device : cost_.classes.ids()) {
      Terms used;
      for (const Slot& slot : slots_)
        if (cost_.modes[slot.mode].device_class == device) used.emplace_back(slot.used, 1);
      row(used, -kCannot, cost_.classes[device].count);
    }
  }

  /// Equal slots are interchangeable: in the order of their first operators, the heaviest counted first. Only the first
  /// few are told so: more rows cost more than they save.
  void order_equal_slots() {
    std::vector<OpId> heavy;
    for (const OpId op : cost_.inputs.ids()) heavy.push_back(op);
    const auto weight = [&](OpId op) {
      double least = kCannot;
      for (const ModeId mode : cost_.modes.ids()) least = std::min(least, cost_.compute_s(op, mode));
      return least;
    };
    std::stable_sort(heavy.begin(), heavy.end(), [&](OpId a, OpId b) { return weight(a) > weight(b); });
    constexpr std::size_t most = 12;
    for (std::size_t s = 1; s < slots_.size(); ++s) {
      if (slots_[s].mode != slots_[s - 1].mode) continue;
      Terms earlier;  // of the operators before, those in the slot before
      for (std::size_t i = 0; i < std::min(most, heavy.size()); ++i) {
        Terms terms = earlier;
        const int here = slots_[s].here[heavy[i]];
        if (here != kNone) {
          terms.emplace_back(here, 1);
          row(terms, -kCannot, 0);
        }
        if (const int before = slots_[s - 1].here[heavy[i]]; before != kNone) earlier.emplace_back(before, -1);
      }
    }
  }

  void minimise() {
    if (!options_.energy) {
      glp_set_obj_coef(program_, period_, 1);
      return;
    }
    double largest = 0;
    for (const auto& [index, joules] : joules_) largest = std::max(largest, joules);
    unit_ = largest > 0 ? largest : 1;
    for (auto& [index, joules] : joules_) {
      joules /= unit_;
      glp_set_obj_coef(program_, index, glp_get_obj_coef(program_, index) + joules);
    }
    if (std::isfinite(options_.most_j)) row(joules_, -kCannot, options_.most_j / unit_ * (1 + 1e-6) + 1e-9);
  }

  void watch(glp_tree* tree) {
    if (const int best = glp_ios_best_node(tree); best != 0) bound_ = std::max(bound_, glp_ios_node_bound(tree, best));
    if (glp_ios_reason(tree) == GLP_IBINGO && options_.on_gap) options_.on_gap(glp_ios_mip_gap(tree));
    if (options_.stopped && options_.stopped()) glp_ios_terminate(tree);
  }

  [[nodiscard]] Plan plan() const {
    Plan found;
    for (const Slot& slot : slots_) {
      Stage stage{.mode = slot.mode, .replicas = 1, .operators = {}};
      for (const OpId op : cost_.inputs.ids())
        if (slot.here[op] != kNone && glp_mip_col_val(program_, slot.here[op]) > 0.5) stage.operators.push_back(op);
      if (!stage.operators.empty()) found.stages.push_back(std::move(stage));
    }
    return found;
  }

  const CostTable& cost_;
  const FreeProgramOptions& options_;
  glp_prob* program_ = nullptr;
  int period_ = kNone;
  std::vector<Slot> slots_;
  Terms joules_;      ///< the energy of a batch
  double unit_ = 1;   ///< joules
  double bound_ = 0;  ///< no solution is below it
};

}  // namespace

FreeProgramResult solve_free_program(const CostTable& cost, const FreeProgramOptions& options) {
  return FreeProgram(cost, options).solve();
}

}  // namespace cleave
