// Which numbers of a profile a cost comes from. It asks the model itself, by changing one field at a time,
// so that no second description of the equations can go out of date.
#include "costmodel/operator_cost.hpp"
#include "devices/fields.hpp"

#include <cleave/cost_table.hpp>

#include <algorithm>

namespace cleave {
namespace {

bool is_count(DeviceKind kind, const std::string& name) {
  const auto fields = fields_of(kind);
  const auto field = std::ranges::find(fields, name, &Field::name);
  return field != fields.end() && field->range == Range::count;
}

/// The profile with `name` a little larger, from 0 to its high end.
Profile nudged(Profile profile, const std::string& name) {
  Quantity& field = profile.numbers.at(name);
  if (is_count(profile.kind, name))
    field.value += 1;
  else
    field.value = field.value > 0 ? field.value * 1.001 : field.high;
  return profile;
}

}  // namespace

std::vector<std::vector<std::string>> fields_behind(const Network& network, OpId op, const Profile& profile,
                                                    Precision precision) {
  const Work work = work_of(network, op, precision);
  const OperatorCost cost = make_cost_model(profile, precision, network)(work);
  std::vector<std::vector<std::string>> fields(cost.parts.size());
  for (const auto& [name, quantity] : profile.numbers) {
    const OperatorCost other = make_cost_model(nudged(profile, name), precision, network)(work);
    for (std::size_t part = 0; part < fields.size(); ++part)
      if (other.parts[part].seconds != cost.parts[part].seconds || other.parts[part].joules != cost.parts[part].joules)
        fields[part].push_back(name);
  }
  return fields;
}

}  // namespace cleave
