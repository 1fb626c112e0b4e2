#include "devices/vary.hpp"

#include "base/text.hpp"
#include "devices/circuit_scaling.hpp"
#include "devices/fields.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace cleave {
namespace {

constexpr int kMostDevices = 1000;

/// Fields that a change may give to a profile without them: nothing else is known from there.
constexpr const char* kPurchase[] = {"cost_usd", "area_mm2"};

double number_of(const Change& change, Range range) {
  double value = 0;
  const char* end = change.value.data() + change.value.size();
  const auto [stop, error] = std::from_chars(change.value.data(), end, value);
  if (error != std::errc() || stop != end || !is_in(range, value))
    throw UsageError(fmt::format("{}: \"{}\" is not {}", change.field, change.value, description_of(range)));
  if (!is_quantity(value))
    throw UsageError(fmt::format("{}: \"{}\" is not 0 and not from 1e-30 to 1e30", change.field, change.value));
  return value;
}

void set_number(Profile& profile, const std::string& name, double value) {
  if (!profile.numbers.contains(name)) profile.numbers[name].source = "not in the profile";
  if (name == "adc_bits") return scale_adc_bits(profile, value);
  if (name == "supply_v") return scale_supply(profile, value);
  set_quantity(profile.numbers.at(name), value);
}

/// The names of all fields that the class has.
std::vector<std::string> fields_of_class(const DeviceClass& device) {
  std::vector<std::string> names = {"count", "precision", "idle_w"};
  if (device.memory_bytes) names.emplace_back("memory_bytes");
  if (device.port) names.insert(names.end(), {"port.bytes_per_s", "port.latency_s", "port.j_per_byte"});
  if (!device.profile) return names;
  for (const auto& [name, number] : device.profile->numbers)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const auto& [name, word] : device.profile->choices) names.push_back(name);
  for (const char* name : kPurchase)
    if (!device.profile->numbers.contains(name)) names.emplace_back(name);
  return names;
}

/// `word` where it is a field, or the one field that ends in it.
std::optional<std::string> field_named(const std::vector<std::string>& fields, const std::string& word) {
  if (std::find(fields.begin(), fields.end(), word) != fields.end()) return word;
  std::optional<std::string> only;
  for (const std::string& field : fields) {
    if (!field.ends_with("_" + word)) continue;
    if (only) return std::nullopt;
    only = field;
  }
  return only;
}

void set_precision(DeviceClass& device, const Change& change) {
  const auto precision = precision_named(change.value);
  std::vector<std::string> known;
  if (device.profile)
    for (const Precision one : device.profile->precisions) known.emplace_back(name_of(one));
  if (!precision || std::find(known.begin(), known.end(), change.value) == known.end())
    throw UsageError(fmt::format("{}: \"{}\" is no precision of it; did you mean \"{}\"?", change.field, change.value,
                                 nearest(change.value, known)));
  device.precision = *precision;
}

Range range_of(const Profile& profile, const std::string& name) {
  for (const Field& field : fields_of(profile.kind))
    for (const std::string& one : names_of(field, profile.precisions))
      if (one == name) return field.range;
  return Range::non_negative;
}

void set_choice(Profile& profile, const std::string& name, const Change& change) {
  for (const ChoiceField& choice : choices_of(profile.kind)) {
    if (choice.name != name) continue;
    if (std::find(choice.options.begin(), choice.options.end(), change.value) == choice.options.end())
      throw UsageError(fmt::format("{}: \"{}\" is not known; did you mean \"{}\"?", change.field, change.value,
                                   nearest(change.value, choice.options)));
  }
  profile.choices[name] = change.value;
}

void set_field(DeviceClass& device, const std::string& name, const Change& change) {
  if (name == "precision") return set_precision(device, change);
  if (name == "idle_w") {
    set_quantity(device.idle_w, number_of(change, Range::non_negative));
  } else if (name == "memory_bytes") {
    set_quantity(*device.memory_bytes, number_of(change, Range::positive));
  } else if (name == "port.bytes_per_s") {
    set_quantity(device.port->bytes_per_s, number_of(change, Range::positive));
  } else if (name == "port.latency_s") {
    set_quantity(device.port->latency_s, number_of(change, Range::non_negative));
  } else if (name == "port.j_per_byte") {
    set_quantity(device.port->j_per_byte, number_of(change, Range::non_negative));
  } else if (device.profile->choices.contains(name)) {
    set_choice(*device.profile, name, change);
  } else {
    set_number(*device.profile, name, number_of(change, range_of(*device.profile, name)));
  }
}

int count_of(const Change& change) {
  const double count = number_of(change, Range::non_negative);
  if (count > kMostDevices || count != std::floor(count))
    throw UsageError(
        fmt::format("{}: {} is not a whole number from 0 to {}", change.field, change.value, kMostDevices));
  return static_cast<int>(count);
}

/// Without devices of the class, and what names them.
void remove_class(Cluster& cluster, ClassId gone) {
  IndexVector<ClassId, DeviceClass> rest;
  for (const ClassId id : cluster.classes.ids())
    if (id != gone) rest.push_back(std::move(cluster.classes[id]));
  cluster.classes = std::move(rest);
  std::erase_if(cluster.links, [&](const Link& link) { return link.one == gone || link.other == gone; });
  const auto renumber = [gone](ClassId& id) {
    if (gone.at() < id.at()) id = ClassId(id.at() - 1);
  };
  for (Link& link : cluster.links) {
    renumber(link.one);
    renumber(link.other);
  }
  for (SharedLink& link : cluster.shared_links) {
    std::erase(link.members, gone);
    for (ClassId& member : link.members) renumber(member);
  }
  std::erase_if(cluster.shared_links, [](const SharedLink& link) { return link.members.empty(); });
}

void set_all_precisions(Cluster& cluster, const Change& change) {
  const auto precision = precision_named(change.value);
  if (!precision)
    throw UsageError(fmt::format("precision: \"{}\" is none; give fp32, fp16, bf16, int8 or int4", change.value));
  for (DeviceClass& device : cluster.classes) {
    if (!device.profile) continue;
    const auto& known = device.profile->precisions;
    if (std::find(known.begin(), known.end(), *precision) != known.end()) device.precision = *precision;
  }
}

}  // namespace

std::pair<std::string, std::vector<Change>> split_reference(const std::string& reference) {
  const auto mark = reference.find('?');
  if (mark == std::string::npos) return {reference, {}};
  if (mark == 0)
    throw UsageError(
        fmt::format("{}: names no cluster to change; write it before the \"?\", e.g. edge4{}", reference, reference));
  std::vector<Change> changes;
  for (std::string_view rest = std::string_view(reference).substr(mark + 1);;) {
    const std::string_view one = rest.substr(0, rest.find(','));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw UsageError(fmt::format("{}: \"{}\" changes nothing; write FIELD=VALUE, e.g. cim.count=2", reference, one));
    Change change{std::string(one.substr(0, equals)), std::string(one.substr(equals + 1))};
    if (std::ranges::find(changes, change.field, &Change::field) != changes.end())
      throw UsageError(fmt::format("{}: changes {} twice; leave one of them out", reference, change.field));
    changes.push_back(std::move(change));
    if (one.size() == rest.size()) return {reference.substr(0, mark), std::move(changes)};
    rest.remove_prefix(one.size() + 1);
  }
}

std::string joined_reference(const std::string& name, const std::vector<Change>& changes) {
  std::string reference = name;
  for (const Change& change : changes)
    reference += fmt::format("{}{}={}", &change == changes.data() ? '?' : ',', change.field, change.value);
  return reference;
}

void apply_change(Cluster& cluster, const Change& change) {
  if (change.field == "precision") return set_all_precisions(cluster, change);
  const auto dot = change.field.find('.');
  const std::string name = change.field.substr(0, dot);
  std::vector<std::string> names;
  for (const DeviceClass& device : cluster.classes) names.push_back(device.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw UsageError(fmt::format("{}: no device of {} is called \"{}\"; did you mean \"{}\"?", change.field,
                                 cluster.name, name, nearest(name, names)));
  const ClassId id(static_cast<std::size_t>(found - names.begin()));
  DeviceClass& device = cluster.classes[id];
  const std::string word = dot == std::string::npos ? "" : change.field.substr(dot + 1);
  const auto fields = fields_of_class(device);
  const auto field = field_named(fields, word);
  if (!field)
    throw UsageError(fmt::format("{}: {} has no field \"{}\"; did you mean \"{}.{}\"?", change.field, name, word, name,
                                 nearest(word, fields)));
  if (*field != "count") return set_field(device, *field, change);
  if (const int count = count_of(change); count > 0)
    device.count = count;
  else
    remove_class(cluster, id);
}

}  // namespace cleave
