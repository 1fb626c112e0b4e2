#pragma once
/// Clusters that differ from a file in a few numbers: "edge4?cim.adc_bits=6,npu.count=2".

#include <cleave/cluster.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {

/// A field of a cluster and its new value, as words: ("cim.adc_bits", "6").
struct Change {
  std::string field;
  std::string value;
};

/// A reference in its two parts: "edge4" and the changes. Throws UsageError where no cluster is named,
/// where a change is not NAME=VALUE, and where a field is changed twice.
[[nodiscard]] std::pair<std::string, std::vector<Change>> split_reference(const std::string& reference);
/// The reverse.
[[nodiscard]] std::string joined_reference(const std::string& name, const std::vector<Change>& changes);

/// Applies one change. Fields are `precision` (of all devices that have it) and, of a device class, `CLASS.count` (0:
/// none of it), `CLASS.precision`, `CLASS.idle_w`, `CLASS.memory_bytes`, `CLASS.port.bytes_per_s`, `.latency_s`,
/// `.j_per_byte` (where it has a port), and every number and word that its kind of profile has, also by the end of its
/// name where that is unique ("cim.rows" for "array_rows"), fields with a value before those without. Throws UsageError
/// for an unknown field (the nearest is named), a value that it cannot have, and a supply voltage where the profile
/// does not say how times follow.
///
/// Where `adc_bits` or `supply_v` changes, times and energies follow (circuit_scaling.hpp). A range low..high moves
/// with its value.
void apply_change(Cluster& cluster, const Change& change);

}  // namespace cleave
