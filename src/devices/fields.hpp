#pragma once
/// The fields of a device profile: one table from which reading, validation, documentation and
/// sweeps take names, units, ranges and defaults.

#include "devices/quantity.hpp"

#include <cleave/cluster.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// A number of a profile. A '*' in the name stands for a precision: there is one such field for
/// each precision that the profile lists.
struct Field {
  enum class Presence { required, defaulted, optional };

  std::string_view name;
  std::string_view unit;
  Range range = Range::non_negative;
  Presence presence = Presence::required;
  double fallback = 0;  ///< its value when `defaulted` and absent
  std::string_view meaning;
};

/// A word of a profile.
struct ChoiceField {
  std::string_view name;
  std::vector<std::string> options;
  std::string_view meaning;
};

/// The source of a number that a profile does not give.
inline constexpr std::string_view kDefaultSource = "default";

/// In the order in which documents list them.
[[nodiscard]] std::span<const Field> fields_of(DeviceKind kind);
[[nodiscard]] std::span<const ChoiceField> choices_of(DeviceKind kind);

/// The names that `field` has in a profile of these precisions: one, or one per precision.
[[nodiscard]] std::vector<std::string> names_of(const Field& field, std::span<const Precision> precisions);
/// The field as a row of the table in docs/cost-model.md: name, unit, range, default, meaning.
[[nodiscard]] std::string documentation_of(const Field& field);
/// "peak_*_flop_per_s" for int8: "peak_int8_flop_per_s".
[[nodiscard]] std::string with_precision(std::string_view name, Precision precision);

}  // namespace cleave
