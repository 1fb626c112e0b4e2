#pragma once
/// Why no plan at all, contiguous or not, does better: numbers that somebody else can verify without a search.

#include <cleave/cost_table.hpp>

#include <cstdint>
#include <vector>

namespace cleave {

/// For every period P and every plan of that period or less, one batch takes at least
///   sum_v min_m (e[v,m] + (idle_w[c(m)] + price_w[c(m)]) t[v,m])  -  P sum_c m_c price_w[c]      joules,
/// with v over the operators and m over the modes that can run v, for any prices of at least 0.
struct EnergyEvidence {
  IndexVector<ClassId, double> price_w = {};
};

/// A labelling gives each operator a mode and pays for what the operators then take, for each tensor once in every
/// other mode that reads it, and in its producer's mode where another one does (network outputs: always); not for
/// launches, reloads, or tensors between stages of one mode. A device works at one thing at a time in each of its
/// *parts*: all of it where computing and the port take turns (overlap = false), else its compute units and its port,
/// or the compute units and either direction of a full-duplex port.
///
/// With a price for each part, every labelling without the classes in `without` costs at least `least_j` in dynamic
/// joules and priced seconds. So every plan of period P with k_c devices of class c, none of those classes, takes for
/// one batch at least
///   least_j  +  P sum_c k_c (idle_w[c] - sum of the prices of its parts)      joules.
struct LabelEvidence {
  std::vector<double> price_w = {};  ///< of the parts, class after class; at least 0
  std::vector<bool> without = {};    ///< by class
  double least_j = 0;
};

/// How the time that a device spends on a stage is bounded from below, per mode:
///   launch_s + sum of compute_s of its operators + port_share * sum of transfer_s of the tensors that cross its
///   border.
/// `port_share` is 1 where computing and the port take turns (overlap = false), and 0 where they work side by side
/// or where devices exchange tensors over links of their own.
///
/// With profits pi_v (integers), each class c has a number y_c such that no set of operators whose time in a mode of
/// the class is less than `r steps grid_s` has profits of more than r y_c, for 1 <= r <= most_replicas; every addend of
/// a time is rounded down to the grid. Where sum_c m_c y_c < sum_v pi_v, no plan has a period below `steps grid_s`: the
/// devices of a plan of such a period could not collect all profits. Tensors in `ignored[m]` and memory do not count,
/// except that an operator which alone exceeds a device's memory cannot run there.
struct PeriodEvidence {
  enum class Kind : std::uint8_t {
    none,           ///< nothing is known: the bound is 0
    balance,        ///< prices as below, no profits
    configuration,  ///< profits as above
  };
  Kind kind = Kind::none;
  double period_s = 0;  ///< no plan has a lesser period
  /// balance: sum_v min_m price[c(m)] t[v,m] <= P sum_c m_c price[c] for any prices of at least 0.
  IndexVector<ClassId, double> price = {};
  double grid_s = 0;
  std::int64_t steps = 0;                         ///< period_s is at most steps * grid_s
  IndexVector<OpId, std::int32_t> profit = {};    ///< their absolute values add up to at most 2^28
  IndexVector<ClassId, std::int64_t> worth = {};  ///< y_c: of a device
  /// Tensors that are taken to cross for nothing, by mode, ascending.
  IndexVector<ModeId, std::vector<TensorId>> ignored = {};
  std::vector<OpId> order = {};  ///< a linear order of small cut width, in which y_c is cheap to verify
};

/// Two branches that could change places: the problem stays as it is when each operator of one takes the place of the
/// one that is as far along the other. So of the plans of one score some have `first[0]` in no later stage than
/// `later[0]`.
struct TwinBranches {
  std::vector<OpId> first;
  std::vector<OpId> later;
};

}  // namespace cleave
