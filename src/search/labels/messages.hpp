#pragma once
/// The cheapest labelling at given prices, from below by messages between operators and tensors, from above by labels
/// read off them one operator at a time.
///
/// What a tensor costs depends on the labels of its producer and its readers. Its messages take a part of that cost and
/// give it to the operators; the sum of all minima, each operator's and each tensor's alone, is below the cost of any
/// labelling whatever the messages are. A sweep visits the operators in order and never lowers that sum (sequential
/// reweighted message passing; Kolmogorov, IEEE TPAMI 37, 2015).

#include "search/labels/labelling.hpp"

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave::labels {

/// More modes are not supported.
constexpr std::size_t kMostModes = 16;

class Messages {
 public:
  /// `cost` must outlive it; it has no links and at most kMostModes modes.
  Messages(const CostTable& cost, const std::vector<Resource>& resources);

  /// Keeps the messages. Classes that are excluded run nothing.
  void set_prices(std::span<const double> price_w, const std::vector<bool>& excluded);
  void sweep(bool forwards);
  /// No labelling without excluded classes costs less than this in dynamic energy and priced loads; rounded down.
  [[nodiscard]] double bound_j() const;
  /// Labels in the order of the operators, each the best with those before it fixed.
  [[nodiscard]] std::vector<std::uint32_t> decode() const;

 private:
  /// A tensor that may have to be moved. Pin 0 is the producer if it has one, the others are readers.
  struct Factor {
    TensorId tensor = {};
    bool made = false;                  ///< it has a producer
    double share = 1;                   ///< of the tensor's costs
    std::uint32_t first = 0, pins = 0;  ///< of `pin_op_`
  };
  struct Place {
    std::uint32_t factor, pin;
    bool last, foremost;  ///< of the factor's operators
  };

  void add_factor(TensorId tensor, double share, bool made, const std::vector<OpId>& pins);
  [[nodiscard]] bool is_pair(const Factor& factor) const { return factor.made && factor.pins == 2; }
  /// What the factor costs for each label of one of its pins at least, that pin's own messages aside. Pins whose label
  /// is in `fixed` have that one.
  void least_by_label(const Factor& factor, std::uint32_t pin, const std::vector<std::uint32_t>* fixed,
                      double* least_j) const;
  void least_of_pair(const Factor& factor, std::uint32_t pin, const std::vector<std::uint32_t>* fixed,
                     double* least_j) const;
  [[nodiscard]] double least(const Factor& factor) const;
  void shown(const Factor& factor, std::uint32_t pin, const std::vector<std::uint32_t>* fixed, double* cost_j) const;

  const CostTable& cost_;
  const std::vector<Resource>& resources_;
  std::size_t modes_;
  std::vector<Factor> factors_;
  std::vector<std::uint32_t> pin_op_;
  std::vector<double> message_j_;           ///< [pin][mode], of all factors end to end
  std::vector<double> send_j_, receive_j_;  ///< [factor][mode]
  std::vector<std::vector<Place>> places_;  ///< by operator
  std::vector<double> own_j_;               ///< [operator][mode]: priced, without messages
};

}  // namespace cleave::labels
