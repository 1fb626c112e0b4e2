#include "verify/label_bound.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::verify {
namespace {

/// With more modes, a tensor of several readers is taken as that many tensors, each of a part of its cost.
constexpr std::size_t kMostInSets = 6;
constexpr int kMostRounds = 60;
/// Rounds that raise the bound by less than this share of it are the last.
constexpr double kWorthwhile = 1e-6;
/// Room for rounding, relative: some dozens of the last digit where a few numbers are added, more where all are.
constexpr double kOfFew = 1e-14;
constexpr double kOfAll = 1e-10;
/// Stands for the cost of what cannot be: that many times the most that anything costs.
constexpr double kManyTimes = 64;

double priced(double joules, double watts, double seconds) { return joules + (watts > 0 ? watts * seconds : 0); }

/// Watts of what a mode's stages do.
struct Activity {
  double compute_w = 0;
  double receive_w = 0;
  double send_w = 0;
};

std::vector<Activity> activities(const CostTable& cost, const std::vector<double>& price_w) {
  std::vector<Activity> of_class;
  std::size_t at = 0;
  for (const ClassCost& device : cost.classes) {
    const std::size_t last = at + parts_of(device) - 1;
    of_class.push_back({price_w[at], price_w[device.overlap ? at + 1 : at], price_w[last]});
    at = last + 1;
  }
  std::vector<Activity> of_mode;
  for (const ModeCost& mode : cost.modes) of_mode.push_back(of_class[mode.device_class.at()]);
  return of_mode;
}

/// A tensor, or a part of one, and the operators that it touches. Rows of numbers have one for each mode.
struct Touch {
  TensorId tensor = {};
  double part = 1;
  bool made = false;  ///< the first operator makes it, the others read it
  std::vector<OpId> operators = {};
  std::vector<double> send_j = {};                ///< row
  std::vector<double> receive_j = {};             ///< row
  std::vector<std::vector<double>> share_j = {};  ///< row for each operator

  [[nodiscard]] std::size_t first_reader() const { return made ? 1 : 0; }
};

/// Where an operator is among those of a tensor.
struct Seat {
  std::size_t touch = 0;
  std::size_t place = 0;
};

}  // namespace

class LabelDual::Impl {
 public:
  explicit Impl(const CostTable& cost) : cost_(cost), modes_(cost.modes.size()), seats_(cost.operator_count()) {
    for (const TensorId tensor : cost.tensors.ids()) {
      const TensorUse& use = cost.tensors[tensor];
      if (use.consumers.empty()) continue;
      if (modes_ <= kMostInSets || use.consumers.size() == 1) {
        add(tensor, 1, use.consumers);
      } else {
        for (const OpId reader : use.consumers) add(tensor, 1.0 / static_cast<double>(use.consumers.size()), {reader});
      }
    }
  }

  double least_j(const LabelEvidence& evidence) {
    set_prices(evidence);
    double best_j = bound_j();
    for (int round = 0; round < kMostRounds; ++round) {
      visit_all();
      const double next_j = bound_j();
      const bool worth = next_j > best_j + kWorthwhile * std::abs(next_j);
      best_j = std::max(best_j, next_j);
      if (!worth) break;
    }
    return best_j;
  }

 private:
  void add(TensorId tensor, double part, const std::vector<OpId>& readers) {
    Touch touch{.tensor = tensor, .part = part, .made = cost_.tensors[tensor].producer.valid()};
    if (touch.made) touch.operators.push_back(cost_.tensors[tensor].producer);
    touch.operators.insert(touch.operators.end(), readers.begin(), readers.end());
    touch.send_j.assign(modes_, 0);
    touch.receive_j.assign(modes_, 0);
    touch.share_j.assign(touch.operators.size(), std::vector<double>(modes_, 0));
    for (std::size_t place = 0; place < touch.operators.size(); ++place)
      seats_[touch.operators[place]].push_back({touches_.size(), place});
    touches_.push_back(std::move(touch));
  }

  void set_prices(const LabelEvidence& evidence) {
    const std::vector<Activity> price = activities(cost_, evidence.price_w);
    own_j_ = IndexVector<OpId, std::vector<double>>(cost_.operator_count(), std::vector<double>(modes_, 0));
    double most_j = 0;
    for (const OpId op : cost_.inputs.ids())
      for (const ModeId mode : cost_.modes.ids()) {
        double& own_j = own_j_[op][mode.at()];
        own_j = kCannot;
        if (!(cost_.compute_s(op, mode) < kCannot) || evidence.without[cost_.modes[mode].device_class.at()]) continue;
        own_j = priced(cost_.compute_j(op, mode), price[mode.at()].compute_w, cost_.compute_s(op, mode));
        for (const TensorId tensor : cost_.outputs[op])
          if (cost_.tensors[tensor].leaves)
            own_j += priced(cost_.transfer_j(tensor, mode), price[mode.at()].send_w, cost_.transfer_s(tensor, mode));
        if (own_j < kCannot) most_j = std::max(most_j, own_j);
      }
    for (std::vector<double>& row : own_j_)
      for (double& own_j : row) own_j = std::min(own_j, kManyTimes * most_j);
    for (Touch& touch : touches_)
      for (const ModeId mode : cost_.modes.ids()) {
        const double joules = cost_.transfer_j(touch.tensor, mode);
        const double seconds = cost_.transfer_s(touch.tensor, mode);
        const bool sends = touch.made && !cost_.tensors[touch.tensor].leaves;
        touch.receive_j[mode.at()] = touch.part * priced(joules, price[mode.at()].receive_w, seconds);
        touch.send_j[mode.at()] = sends ? touch.part * priced(joules, price[mode.at()].send_w, seconds) : 0;
      }
  }

  /// By set of modes in which the tensor is (bit by mode): the readers, each at the cheapest of these, `left_out` for
  /// nothing.
  std::vector<double> readers_j(const Touch& touch, std::size_t left_out) const {
    std::vector<double> sum(std::size_t{1} << modes_, 0);
    std::vector<double> cheapest(sum.size());
    for (std::size_t place = touch.first_reader(); place < touch.operators.size(); ++place) {
      if (place == left_out) continue;
      cheapest[0] = kCannot;
      for (std::size_t set = 1; set < sum.size(); ++set) {
        const auto low = static_cast<std::size_t>(__builtin_ctzll(set));
        cheapest[set] = std::min(cheapest[set & (set - 1)], -touch.share_j[place][low]);
        sum[set] += cheapest[set];
      }
    }
    return sum;
  }

  /// What the tensor costs at least with each label of one of its operators, whose own share is left out.
  void least_by_label(const Touch& touch, std::size_t place, std::vector<double>& least_j) const {
    least_j.assign(modes_, kCannot);
    if (touch.operators.size() == 2 && touch.made) return least_of_two(touch, place, least_j);
    if (touch.operators.size() == 1) {
      least_j = touch.receive_j;
      return;
    }
    const std::vector<double> readers = readers_j(touch, place);
    const bool of_maker = touch.made && place == 0;
    std::vector<double> received_j(readers.size(), 0);
    for (std::size_t set = 1; set < readers.size(); ++set) {
      received_j[set] = received_j[set & (set - 1)] + touch.receive_j[static_cast<std::size_t>(__builtin_ctzll(set))];
    }
    for (std::size_t set = 1; set < readers.size(); ++set) {
      double around_j = touch.made ? kCannot : received_j[set];  // the set is where the tensor is
      for (std::size_t maker = 0; touch.made && maker < modes_; ++maker) {
        if (((set >> maker) & 1) == 0) continue;
        const std::size_t others = set ^ (std::size_t{1} << maker);
        const double moved_j = received_j[others] + (others != 0 ? touch.send_j[maker] : 0);
        if (of_maker) least_j[maker] = std::min(least_j[maker], moved_j + readers[set]);
        around_j = std::min(around_j, moved_j - touch.share_j[0][maker]);
      }
      for (std::size_t mode = 0; !of_maker && mode < modes_; ++mode)
        if (((set >> mode) & 1) != 0) least_j[mode] = std::min(least_j[mode], around_j + readers[set]);
    }
  }

  /// The other one is where this one is, or elsewhere.
  void least_of_two(const Touch& touch, std::size_t place, std::vector<double>& least_j) const {
    const std::vector<double>& here_j = place == 0 ? touch.send_j : touch.receive_j;
    const std::vector<double>& there_j = place == 0 ? touch.receive_j : touch.send_j;
    const std::vector<double>& other = touch.share_j[1 - place];
    double elsewhere_j = kCannot;
    for (std::size_t mode = 0; mode < modes_; ++mode) elsewhere_j = std::min(elsewhere_j, there_j[mode] - other[mode]);
    for (std::size_t mode = 0; mode < modes_; ++mode)
      least_j[mode] = std::min(-other[mode], elsewhere_j + here_j[mode]);
  }

  void visit_all() {
    const std::size_t count = cost_.operator_count();
    for (std::size_t i = 0; i < count; ++i) visit(OpId(i), true);
    for (std::size_t i = count; i-- > 0;) visit(OpId(i), false);
  }

  /// Gathers what the operator's tensors cost by its label, and hands it on to those whose other operators come later
  /// in this direction, in equal parts.
  void visit(OpId op, bool upwards) {
    const std::vector<Seat>& seats = seats_[op];
    if (seats.empty()) return;
    gathered_.resize(std::max(gathered_.size(), seats.size()));
    std::vector<double> total = own_j_[op];
    std::size_t later = 0;
    std::size_t earlier = 0;
    for (std::size_t i = 0; i < seats.size(); ++i) {
      const Touch& touch = touches_[seats[i].touch];
      least_by_label(touch, seats[i].place, gathered_[i]);
      for (std::size_t mode = 0; mode < modes_; ++mode) total[mode] += gathered_[i][mode];
      later += touch.operators.back() != op;
      earlier += touch.operators.front() != op;
    }
    const double part = 1.0 / static_cast<double>(std::max<std::size_t>(1, std::max(later, earlier)));
    for (std::size_t i = 0; i < seats.size(); ++i) {
      Touch& touch = touches_[seats[i].touch];
      const bool gives = (upwards ? touch.operators.back() : touch.operators.front()) != op;
      for (std::size_t mode = 0; mode < modes_; ++mode)
        touch.share_j[seats[i].place][mode] = gathered_[i][mode] - (gives ? part * total[mode] : 0);
    }
  }

  /// Less what rounding may have added.
  [[nodiscard]] double bound_j() {
    double sum_j = 0;
    double terms_j = 0;
    double shares_j = 0;
    for (const OpId op : cost_.inputs.ids()) {
      std::vector<double> all_j = own_j_[op];
      for (const Seat& seat : seats_[op])
        for (std::size_t mode = 0; mode < modes_; ++mode) {
          const double share_j = touches_[seat.touch].share_j[seat.place][mode];
          all_j[mode] += share_j;
          shares_j += std::abs(share_j);
        }
      const double least_j = *std::min_element(all_j.begin(), all_j.end());
      sum_j += least_j;
      terms_j += std::abs(least_j);
    }
    for (const Touch& touch : touches_) {
      least_by_label(touch, 0, row_);
      double least_j = kCannot;
      for (std::size_t mode = 0; mode < modes_; ++mode)
        least_j = std::min(least_j, row_[mode] - touch.share_j[0][mode]);
      sum_j += least_j;
      terms_j += std::abs(least_j);
    }
    return sum_j - kOfFew * shares_j - kOfAll * terms_j;
  }

  const CostTable& cost_;
  std::size_t modes_;
  std::vector<Touch> touches_;
  IndexVector<OpId, std::vector<Seat>> seats_;
  IndexVector<OpId, std::vector<double>> own_j_;  ///< rows
  std::vector<std::vector<double>> gathered_;
  std::vector<double> row_;
};

LabelDual::LabelDual(const CostTable& cost) : impl_(std::make_unique<Impl>(cost)) {}
LabelDual::~LabelDual() = default;
double LabelDual::least_j(const LabelEvidence& evidence) { return impl_->least_j(evidence); }

std::size_t parts_of(const ClassCost& device) { return !device.overlap ? 1 : device.full_duplex ? 3 : 2; }

bool labels_bound(const CostTable& cost) {
  constexpr std::size_t most_modes = 16;
  return !cost.links && !cost.modes.empty() && cost.modes.size() <= most_modes;
}

std::size_t part_count(const CostTable& cost) {
  std::size_t parts = 0;
  for (const ClassCost& device : cost.classes) parts += parts_of(device);
  return parts;
}

}  // namespace cleave::verify
