#include "space/space_file.hpp"

#include "base/json_writer.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cleave {
namespace {

std::string value_of(const JsonView& view) {
  const std::string value = view.is_number() ? round_trip(view.number()) : view.string();
  if (value.empty() || value.find(',') != std::string::npos)
    view.fail("is no value", "give a number, a word, or a range low:high, low:high:step or low:high*factor");
  return value;
}

Axis axis_of(const std::string& name, const JsonView& view) {
  std::vector<std::string> values;
  for (const JsonView& value : view.elements()) values.push_back(value_of(value));
  if (values.empty()) view.fail("has no values", "list at least one");
  if (name.empty() || name.find('=') != std::string::npos)
    view.fail("is no name of an axis", "write batch, precision or CLASS.FIELD, e.g. cim.count");
  try {
    return parse_axis(fmt::format("{}={}", name, fmt::join(values, ",")));
  } catch (const UsageError& error) {
    view.fail(fmt::format("cannot be read ({})", error.what()), "write other values");
  }
}

}  // namespace

std::vector<Axis> parse_space(const JsonView& view) {
  view.require_schema("space");
  view.allow_only({"axes"});
  std::vector<Axis> axes;
  for (const auto& [name, values] : view.at("axes").members()) axes.push_back(axis_of(name, values));
  if (axes.empty()) view.at("axes").fail("is empty", "give at least one axis, e.g. \"cim.count\": [\"0:4\"]");
  return axes;
}

}  // namespace cleave
