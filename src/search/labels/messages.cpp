#include "search/labels/messages.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace cleave::labels {
namespace {

/// Of labels: with more, a tensor of several readers is taken apart into pairs.
constexpr std::size_t kMostSubsets = 6;
constexpr std::uint32_t kFree = static_cast<std::uint32_t>(-1);
constexpr double kSafety = 1e-9;
constexpr double kRounding = 1e-14;  ///< some dozens of the last digit
/// Of costs that stand for "cannot", to the largest that can: sums with it keep most of their digits.
constexpr double kNever = 100;

}  // namespace

Messages::Messages(const CostTable& cost, const std::vector<Resource>& resources)
    : cost_(cost), resources_(resources), modes_(cost.modes.size()), places_(cost.operator_count()) {
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    std::vector<OpId> readers = use.consumers;
    const bool made = use.producer.valid();
    if (readers.empty()) continue;
    const double share = 1.0 / static_cast<double>(readers.size());
    if (modes_ <= kMostSubsets || readers.size() == 1) {
      if (made) readers.insert(readers.begin(), use.producer);
      add_factor(tensor, 1, made, readers);
      continue;
    }
    for (const OpId reader : readers)
      add_factor(tensor, share, made, made ? std::vector<OpId>{use.producer, reader} : std::vector<OpId>{reader});
  }
  message_j_.assign(pin_op_.size() * modes_, 0);
  send_j_.assign(factors_.size() * modes_, 0);
  receive_j_ = send_j_;
  own_j_.assign(cost.operator_count() * modes_, 0);
}

void Messages::add_factor(TensorId tensor, double share, bool made, const std::vector<OpId>& pins) {
  const auto [foremost, last] = std::minmax_element(pins.begin(), pins.end());
  for (std::uint32_t pin = 0; pin < pins.size(); ++pin)
    places_[pins[pin].at()].push_back(
        {static_cast<std::uint32_t>(factors_.size()), pin, pins[pin] == *last, pins[pin] == *foremost});
  factors_.push_back(
      {tensor, made, share, static_cast<std::uint32_t>(pin_op_.size()), static_cast<std::uint32_t>(pins.size())});
  for (const OpId op : pins) pin_op_.push_back(op.value);
}

void Messages::set_prices(std::span<const double> price_w, const std::vector<bool>& excluded) {
  const auto prices = phase_prices(cost_, resources_, price_w);
  for (const OpId op : cost_.inputs.ids())
    for (const ModeId mode : cost_.modes.ids())
      own_j_[op.at() * modes_ + mode.at()] =
          cost_.compute_j(op, mode) + prices[mode.at()].compute_w * cost_.compute_s(op, mode);
  for (const TensorId tensor : cost_.tensors.ids()) {
    const TensorUse& use = cost_.tensors[tensor];
    if (!use.leaves || !use.producer.valid()) continue;  // sent whoever reads it
    for (const ModeId mode : cost_.modes.ids())
      own_j_[use.producer.at() * modes_ + mode.at()] +=
          cost_.transfer_j(tensor, mode) + prices[mode.at()].send_w * cost_.transfer_s(tensor, mode);
  }
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    const Factor& factor = factors_[f];
    const bool sends = factor.made && !cost_.tensors[factor.tensor].leaves;
    for (const ModeId mode : cost_.modes.ids()) {
      const double joules = cost_.transfer_j(factor.tensor, mode);
      const double seconds = cost_.transfer_s(factor.tensor, mode);
      receive_j_[f * modes_ + mode.at()] = factor.share * (joules + prices[mode.at()].receive_w * seconds);
      send_j_[f * modes_ + mode.at()] = sends ? factor.share * (joules + prices[mode.at()].send_w * seconds) : 0;
    }
  }
  double most_j = 0;
  for (const double own_j : own_j_)
    if (std::isfinite(own_j)) most_j = std::max(most_j, own_j);
  const double never_j = kNever * most_j;
  for (const OpId op : cost_.inputs.ids())
    for (const ModeId mode : cost_.modes.ids()) {
      double& own_j = own_j_[op.at() * modes_ + mode.at()];
      if (!std::isfinite(own_j) || excluded[cost_.modes[mode].device_class.at()]) own_j = never_j;
    }
}

/// What a label of a pin costs as the factor sees it.
void Messages::shown(const Factor& factor, std::uint32_t pin, const std::vector<std::uint32_t>* fixed,
                     double* cost_j) const {
  const std::size_t at = factor.first + pin;
  const std::uint32_t label = fixed ? (*fixed)[pin_op_[at]] : kFree;
  for (std::size_t mode = 0; mode < modes_; ++mode)
    cost_j[mode] = label == kFree ? -message_j_[at * modes_ + mode] : label == mode ? 0 : kCannot;
}

void Messages::least_of_pair(const Factor& factor, std::uint32_t pin, const std::vector<std::uint32_t>* fixed,
                             double* least_j) const {
  const auto f = static_cast<std::size_t>(&factor - factors_.data());
  const double* const send = &send_j_[f * modes_];
  const double* const receive = &receive_j_[f * modes_];
  std::array<double, kMostModes> other;
  shown(factor, 1 - pin, fixed, other.data());
  double elsewhere = kCannot;  // the other end, whatever its label, paid for in full
  for (std::size_t mode = 0; mode < modes_; ++mode)
    elsewhere = std::min(elsewhere, other[mode] + (pin == 0 ? receive[mode] : send[mode]));
  for (std::size_t mode = 0; mode < modes_; ++mode)
    least_j[mode] = std::min(other[mode], elsewhere + (pin == 0 ? send[mode] : receive[mode]));
}

void Messages::least_by_label(const Factor& factor, std::uint32_t pin, const std::vector<std::uint32_t>* fixed,
                              double* least_j) const {
  if (is_pair(factor)) return least_of_pair(factor, pin, fixed, least_j);
  const auto f = static_cast<std::size_t>(&factor - factors_.data());
  const std::uint32_t first_reader = factor.made ? 1 : 0;
  if (factor.pins == 1) {  // one reader of an input of the network
    std::copy_n(&receive_j_[f * modes_], modes_, least_j);
    return;
  }
  // By set of labels that the tensor reaches: the readers at their cheapest among these.
  const std::size_t sets = std::size_t{1} << modes_;
  std::vector<double> cost(modes_);
  std::vector<double> of_set(sets);
  std::vector<double> sum(sets, 0);
  for (std::uint32_t q = first_reader; q < factor.pins; ++q) {
    if (q == pin) continue;
    shown(factor, q, fixed, cost.data());
    of_set[0] = kCannot;
    for (std::size_t set = 1; set < sets; ++set) {
      const std::size_t rest = set & (set - 1);
      of_set[set] = std::min(of_set[rest], cost[static_cast<std::size_t>(__builtin_ctzll(set))]);
      sum[set] += of_set[set];
    }
  }
  std::vector<double> received(sets, 0);
  for (std::size_t set = 1; set < sets; ++set)
    received[set] = received[set & (set - 1)] + receive_j_[f * modes_ + static_cast<std::size_t>(__builtin_ctzll(set))];
  std::fill_n(least_j, modes_, kCannot);
  if (factor.made) shown(factor, 0, fixed, cost.data());
  for (std::size_t set = 1; set < sets; ++set) {
    double base = factor.made ? kCannot : received[set];
    for (std::size_t maker = 0; factor.made && maker < modes_; ++maker) {
      if (((set >> maker) & 1) == 0) continue;
      const std::size_t others = set & ~(std::size_t{1} << maker);
      const double moved = received[others] + (others != 0 ? send_j_[f * modes_ + maker] : 0);
      if (pin == 0) least_j[maker] = std::min(least_j[maker], moved + sum[set]);
      base = std::min(base, moved + cost[maker]);
    }
    if (pin == 0 && factor.made) continue;
    for (std::size_t mode = 0; mode < modes_; ++mode)
      if (((set >> mode) & 1) != 0) least_j[mode] = std::min(least_j[mode], base + sum[set]);
  }
}

double Messages::least(const Factor& factor) const {
  std::vector<double> least_j(modes_);
  least_by_label(factor, 0, nullptr, least_j.data());
  double best = kCannot;
  for (std::size_t mode = 0; mode < modes_; ++mode)
    best = std::min(best, least_j[mode] - message_j_[factor.first * modes_ + mode]);
  return best;
}

void Messages::sweep(bool forwards) {
  std::vector<double> least_j;
  std::vector<double> total(modes_);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const std::size_t op = forwards ? i : places_.size() - 1 - i;
    const std::vector<Place>& places = places_[op];
    least_j.resize(std::max(least_j.size(), places.size() * modes_));
    std::copy_n(&own_j_[op * modes_], modes_, total.begin());
    std::size_t ahead = 0;
    std::size_t behind = 0;
    for (std::size_t p = 0; p < places.size(); ++p) {
      least_by_label(factors_[places[p].factor], places[p].pin, nullptr, &least_j[p * modes_]);
      for (std::size_t mode = 0; mode < modes_; ++mode) total[mode] += least_j[p * modes_ + mode];
      ahead += !places[p].last;
      behind += !places[p].foremost;
    }
    const double part = 1.0 / static_cast<double>(std::max<std::size_t>(1, std::max(ahead, behind)));
    for (std::size_t p = 0; p < places.size(); ++p) {
      const bool gives = forwards ? !places[p].last : !places[p].foremost;
      double* const message = &message_j_[(factors_[places[p].factor].first + places[p].pin) * modes_];
      for (std::size_t mode = 0; mode < modes_; ++mode)
        message[mode] = least_j[p * modes_ + mode] - (gives ? part * total[mode] : 0);
    }
  }
}

double Messages::bound_j() const {
  double sum = 0;
  double size = 0;     // of what is summed
  double entries = 0;  // of what differences were taken of
  for (const double own_j : own_j_) entries += std::abs(own_j);
  for (const double message_j : message_j_) entries += std::abs(message_j);
  for (std::size_t op = 0; op < places_.size(); ++op) {
    double least_j = kCannot;
    for (std::size_t mode = 0; mode < modes_; ++mode) {
      double own = own_j_[op * modes_ + mode];
      for (const Place& place : places_[op])
        own += message_j_[(factors_[place.factor].first + place.pin) * modes_ + mode];
      least_j = std::min(least_j, own);
    }
    sum += least_j;
    size += std::abs(least_j);
  }
  for (const Factor& factor : factors_) {
    const double least_j = least(factor);
    sum += least_j;
    size += std::abs(least_j);
  }
  return sum - kSafety * size - kRounding * entries;
}

std::vector<std::uint32_t> Messages::decode() const {
  std::vector<std::uint32_t> label(places_.size(), kFree);
  std::vector<double> least_j(modes_);
  std::vector<double> total(modes_);
  for (std::size_t op = 0; op < places_.size(); ++op) {
    std::copy_n(&own_j_[op * modes_], modes_, total.begin());
    for (const Place& place : places_[op]) {
      least_by_label(factors_[place.factor], place.pin, &label, least_j.data());
      for (std::size_t mode = 0; mode < modes_; ++mode) total[mode] += least_j[mode];
    }
    label[op] = static_cast<std::uint32_t>(std::min_element(total.begin(), total.end()) - total.begin());
  }
  return label;
}

}  // namespace cleave::labels
