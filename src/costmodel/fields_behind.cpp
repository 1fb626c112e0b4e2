// Which numbers of a profile a cost comes from. It asks the model itself, by changing one field at a time,
// so that no second description of the equations can go out of date.
#include "costmodel/operator_cost.hpp"
#include "devices/fields.hpp"

#include <cleave/cost_table.hpp>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

Range range_of(const Profile& profile, const std::string& name) {
  for (const Field& field : fields_of(profile.kind))
    for (const std::string& one : names_of(field, profile.precisions))
      if (one == name) return field.range;
  return Range::non_negative;
}

/// Other values that the field may have: beside it, and far enough that what is rounded up to whole tiles moves.
std::vector<double> others(const Quantity& field, Range range) {
  std::vector<double> values = {field.value / 2, 2 * field.value, field.low, field.high};
  if (range == Range::count) {
    values.insert(values.end(), {field.value - 1, field.value + 1});
    for (double& value : values) value = std::floor(value);
  } else {
    values.insert(values.end(), {field.value / 1.001, field.value * 1.001});
  }
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  std::erase_if(values, [&](double value) { return value == field.value || !is_in(range, value); });
  return values;
}

/// Parts whose numbers are others; all of them where it cannot run any more.
void mark_moved(const OperatorCost& before, const OperatorCost& after, std::vector<bool>& moved) {
  const bool runs = after.parts.size() == before.parts.size();
  for (std::size_t part = 0; part < moved.size(); ++part)
    moved[part] = moved[part] || !runs || after.parts[part].seconds != before.parts[part].seconds ||
                  after.parts[part].joules != before.parts[part].joules;
}

}  // namespace

std::vector<std::vector<std::string>> fields_behind(const Network& network, OpId op, const Profile& profile,
                                                    Precision precision) {
  const Work work = work_of(network, op, precision);
  const OperatorCost cost = make_cost_model(profile, precision, network)(work);
  std::vector<std::vector<std::string>> fields(cost.parts.size());
  for (const auto& [name, quantity] : profile.numbers) {
    std::vector<bool> moved(fields.size());
    Profile changed = profile;
    for (const double value : others(quantity, range_of(profile, name))) {
      changed.numbers.at(name).value = value;
      mark_moved(cost, make_cost_model(changed, precision, network)(work), moved);
    }
    for (std::size_t part = 0; part < fields.size(); ++part)
      if (moved[part]) fields[part].push_back(name);
  }
  return fields;
}

}  // namespace cleave
