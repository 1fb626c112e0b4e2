#pragma once
/// What a certificate says (`cleave.certificate/1`): enough to prove, without searching, that no contiguous
/// plan is better than the points it claims, and to bound every other plan from below.

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

class JsonView;

/// A point that stands for all plans that are no better in either figure.
struct Claim {
  double period_s = 0;
  double energy_j = 0;  ///< per inference
};

/// Lagrange multipliers (watts, by class) of "no class works longer than its devices have time". Any that
/// are not negative give a valid bound; these are meant for periods near `period_s`.
struct EnergyPrices {
  double period_s = 0;
  std::vector<double> price_w;
};

/// A partial plan: its largest load, of devices and shared links, and its dynamic and transfer energy of one batch.
struct PartialPlan {
  double period_s = 0;
  double energy_j = 0;
  std::vector<double> taken_s = {};  ///< for how long a batch takes each way of the links that devices share
};

/// What is listed of the partial plans that run one ideal on so many devices of each class.
struct ListedState {
  std::vector<OpId> maximal;          ///< operators of the ideal that none of its others comes after, ascending
  std::vector<std::uint16_t> makers;  ///< with links: the class that made each tensor that others read, ascending
  std::vector<int> used;              ///< devices, by class
  std::vector<PartialPlan> labels;    ///< by ascending period; where no links are shared, by descending energy
};

struct Certificate {
  std::string problem;        ///< problem_digest of the cost table
  bool contiguous = false;    ///< `states` is closed: it proves the claims; otherwise only prices are given
  std::vector<Claim> claims;  ///< by ascending period and descending energy
  /// For the reader: what the frontier says and this does not prove, one sentence each. Nothing relies on it.
  std::vector<std::string> not_covered;
  std::vector<double> period_prices;  ///< by class: of "the devices of a class have P seconds each"
  PeriodEvidence period_bound;        ///< of kind configuration, or none
  std::vector<EnergyPrices> energy_prices;
  std::vector<LabelEvidence> label_bounds;
  std::vector<TwinBranches> twins;  ///< `states` are of plans that keep to these orders: one of every score does
  std::vector<ListedState> states;
};

/// 16 hexadecimal digits over every number of the table.
[[nodiscard]] std::string problem_digest(const CostTable& cost);

/// As JSON text, with a digest of its content.
[[nodiscard]] std::string certificate_json(const Certificate& certificate);

/// Throws InputError where the text is no certificate, VerificationError where its digest is not that of
/// its content.
[[nodiscard]] Certificate parse_certificate(const JsonView& view);

}  // namespace cleave
