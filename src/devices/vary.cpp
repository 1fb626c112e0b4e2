#include "devices/vary.hpp"

#include "base/text.hpp"
#include "devices/circuit_scaling.hpp"
#include "devices/fields.hpp"
#include "devices/quantity.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

namespace cleave {
namespace {

constexpr int kMostDevices = 1000;

/// The source of a number that the profile does not have.
constexpr std::string_view kNotGiven = "not in the profile";
constexpr const char* kPortFields[] = {"port.bytes_per_s", "port.latency_s", "port.j_per_byte"};

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
  if (name == "adc_bits") return scale_adc_bits(profile, value);
  if (name == "supply_v") return scale_supply(profile, value);
  const Quantity absent = exactly(0, kNotGiven);
  set_quantity(profile.numbers.try_emplace(name, absent).first->second, value);
}

/// The names of all fields to which the class gives a value.
std::vector<std::string> given_fields(const DeviceClass& device) {
  std::vector<std::string> names = {"count", "precision", "idle_w"};
  if (device.memory_bytes) names.emplace_back("memory_bytes");
  if (device.port) names.insert(names.end(), std::begin(kPortFields), std::end(kPortFields));
  if (!device.profile) return names;
  for (const auto& [name, number] : device.profile->numbers)
    if (name != "idle_w" && name != "memory_bytes") names.push_back(name);
  for (const auto& [name, word] : device.profile->choices) names.push_back(name);
  return names;
}

/// The names of all fields that the class may have beside those: a change gives them their first value.
std::vector<std::string> other_fields(const DeviceClass& device, const std::vector<std::string>& given) {
  std::vector<std::string> names = {"memory_bytes"};
  if (device.profile)
    for (const Field& field : fields_of(device.profile->kind))
      std::ranges::copy(names_of(field, device.profile->precisions), std::back_inserter(names));
  std::erase_if(names, [&](const std::string& name) { return std::ranges::find(given, name) != given.end(); });
  return names;
}

/// `word` where it is a field, else those that end in it.
std::vector<std::string> fields_named(const std::vector<std::string>& fields, const std::string& word) {
  if (std::ranges::find(fields, word) != fields.end()) return {word};
  std::vector<std::string> named;
  std::ranges::copy_if(fields, std::back_inserter(named),
                       [&](const std::string& field) { return field.ends_with("_" + word); });
  return named;
}

/// The field that `word` means: one of its name, else the only one that ends in it, of those with a value first.
std::string field_of(const DeviceClass& device, const Change& change, const std::string& word) {
  std::vector<std::string> fields = given_fields(device);
  const std::vector<std::string> others = other_fields(device, fields);
  if (std::ranges::find(others, word) != others.end()) return word;
  std::vector<std::string> named = fields_named(fields, word);
  if (named.empty()) named = fields_named(others, word);
  if (named.size() == 1) return named.front();
  if (!device.port && std::ranges::find(kPortFields, word) != std::end(kPortFields))
    throw UsageError(fmt::format("{}: {} has no port, so it computes in host memory; give it one in the cluster's file",
                                 change.field, device.name));
  fields.insert(fields.end(), others.begin(), others.end());
  throw UsageError(fmt::format("{}: {} has no field \"{}\"; did you mean \"{}.{}\"?", change.field, device.name, word,
                               device.name, nearest(word, fields)));
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
    if (!device.memory_bytes) device.memory_bytes = exactly(0, kNotGiven);
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

/// Without devices of the class, and what names them. Where its links were the last, those that stay have none. Shared
/// links stay, if without members, as plans name each of them in its place.
void remove_class(Cluster& cluster, ClassId gone) {
  IndexVector<ClassId, DeviceClass> rest;
  for (const ClassId id : cluster.classes.ids())
    if (id != gone) rest.push_back(std::move(cluster.classes[id]));
  cluster.classes = std::move(rest);
  const auto renumber = [gone](ClassId& id) {
    if (gone.at() < id.at()) id = ClassId(id.at() - 1);
  };
  if (cluster.links) {
    std::erase_if(*cluster.links, [&](const Link& link) { return link.one == gone || link.other == gone; });
    for (Link& link : *cluster.links) {
      renumber(link.one);
      renumber(link.other);
    }
  }
  for (SharedLink& link : cluster.shared_links) {
    std::erase(link.members, gone);
    for (ClassId& member : link.members) renumber(member);
  }
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
  const std::string field = field_of(device, change, word);
  if (field != "count") return set_field(device, field, change);
  if (const int count = count_of(change); count > 0)
    device.count = count;
  else
    remove_class(cluster, id);
}

}  // namespace cleave
