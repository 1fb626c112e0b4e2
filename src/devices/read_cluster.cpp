#include "devices/read_cluster.hpp"

#include "devices/names.hpp"
#include "devices/quantity.hpp"
#include "devices/read_links.hpp"
#include "devices/read_profile.hpp"
#include "devices/shipped.hpp"
#include "devices/vary.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace cleave {
namespace {

constexpr std::int64_t kMostDevices = 1000;

/// A shipped profile, or a file beside the cluster's.
Profile find_profile(const JsonView& view, const std::filesystem::path& folder) {
  const std::string reference = view.file_name();
  if (is_path(reference)) return read_profile((folder / reference).string());
  const auto document = open_shipped(shipped_profile_files(), reference);
  if (!document)
    view.fail(fmt::format("is \"{}\", and no profile of this name is shipped", reference),
              unknown_name_repair(shipped_profile_files(), reference));
  return parse_profile(*document);
}

bool read_duplex(const JsonView& view) {
  const std::string word = view.string();
  if (word != "full" && word != "half") view.fail(fmt::format("is \"{}\"", word), "it is \"full\" or \"half\"");
  return word == "full";
}

Port read_port(const JsonView& view) {
  view.allow_only({"bytes_per_s", "latency_s", "j_per_byte", "duplex", "overlap"});
  Port port;
  port.bytes_per_s = read_quantity(view.at("bytes_per_s"), Range::positive);
  if (const auto latency = view.find("latency_s")) port.latency_s = read_quantity(*latency, Range::non_negative);
  if (const auto energy = view.find("j_per_byte")) port.j_per_byte = read_quantity(*energy, Range::non_negative);
  if (const auto duplex = view.find("duplex")) port.full_duplex = read_duplex(*duplex);
  if (const auto overlap = view.find("overlap")) port.overlap = overlap->boolean();
  return port;
}

int read_count(const JsonView& view) {
  const std::int64_t count = view.integer();
  if (count < 1 || count > kMostDevices)
    view.fail(fmt::format("is {}", count), fmt::format("give a whole number from 1 to {}", kMostDevices));
  return static_cast<int>(count);
}

std::string read_name(const JsonView& view) {
  std::string name = view.string();
  if (name.empty()) view.fail("is empty", "give it a name");
  return name;
}

/// Without what separates names where fields are changed: "edge4?npu.count=1,cpu.idle_w=5".
std::string read_class_name(const JsonView& view) {
  std::string name = read_name(view);
  if (const std::size_t at = name.find_first_of(",=."); at != std::string::npos)
    view.fail(fmt::format("\"{}\" has a '{}', by which names end where fields are changed (--vary, CLUSTER?...)", name,
                          name[at]),
              "use another character, such as '_'");
  return name;
}

Precision class_precision(const JsonView& view, const DeviceClass& device) {
  const auto wanted = view.find("precision");
  if (!wanted) return device.profile ? device.profile->precisions.front() : Precision::fp32;
  const Precision precision = read_precision(*wanted);
  if (device.profile && std::ranges::find(device.profile->precisions, precision) == device.profile->precisions.end())
    wanted->fail(fmt::format("is {}, which {} cannot run", name_of(precision), device.profile->name),
                 fmt::format("it runs {}", fmt::join(names_of_all(device.profile->precisions), ", ")));
  return precision;
}

/// The cluster's own number, else the profile's.
std::optional<Quantity> class_number(const JsonView& view, const DeviceClass& device, const std::string& key,
                                     Range range) {
  if (const auto own = view.find(key)) return read_quantity(*own, range);
  if (!device.profile) return std::nullopt;
  const auto found = device.profile->numbers.find(key);
  return found == device.profile->numbers.end() ? std::nullopt : std::optional(found->second);
}

DeviceClass read_device(const JsonView& view, const std::filesystem::path& folder) {
  view.allow_only({"name", "profile", "count", "precision", "port", "idle_w", "memory_bytes", "replicate", "host"});
  DeviceClass device;
  device.name = read_class_name(view.at("name"));
  if (const auto count = view.find("count")) device.count = read_count(*count);
  if (const auto profile = view.find("profile")) device.profile = find_profile(*profile, folder);
  device.precision = class_precision(view, device);
  const auto idle = class_number(view, device, "idle_w", Range::non_negative);
  if (!idle) view.fail("has neither \"profile\" nor \"idle_w\"", "add one of them");
  device.idle_w = *idle;
  device.memory_bytes = class_number(view, device, "memory_bytes", Range::positive);
  if (const auto port = view.find("port")) device.port = read_port(*port);
  if (const auto host = view.find("host")) device.host = read_name(*host);
  if (const auto replicate = view.find("replicate")) device.replicate = replicate->boolean();
  return device;
}

}  // namespace

Cluster parse_cluster(const JsonView& document, const std::filesystem::path& folder) {
  document.require_schema("cluster");
  document.allow_only({"name", "title", "devices", "links", "networks", "shared_links"});
  Cluster cluster;
  cluster.name = read_name(document.at("name"));
  if (const auto title = document.find("title")) cluster.title = title->string();
  if (cluster.title.empty()) cluster.title = cluster.name;
  std::set<std::string> names;
  for (const JsonView& view : document.at("devices").elements()) {
    cluster.classes.push_back(read_device(view, folder));
    if (!names.insert(view.at("name").string()).second)
      view.at("name").fail(fmt::format("\"{}\" occurs twice", view.at("name").string()),
                           "identical devices are one entry with a \"count\"");
  }
  if (cluster.classes.empty()) document.at("devices").fail("is empty", "add at least one device");
  read_links(document, cluster);
  return cluster;
}

namespace {

Cluster read_unchanged(const std::string& name) {
  if (is_path(name)) return parse_cluster(JsonView::read(name), std::filesystem::path(name).parent_path());
  if (const auto document = open_shipped(shipped_cluster_files(), name)) return parse_cluster(*document, {});
  throw InputError(name, "", "no cluster of this name is shipped", unknown_name_repair(shipped_cluster_files(), name));
}

}  // namespace

Cluster read_cluster(const std::string& reference) {
  auto [name, changes] = split_reference(reference);
  Cluster cluster = read_unchanged(name);
  cluster.file = name;
  // A count of 0 removes the class, which other changes may name.
  std::stable_partition(changes.begin(), changes.end(),
                        [](const Change& change) { return !change.field.ends_with(".count"); });
  for (const Change& change : changes) apply_change(cluster, change);
  if (cluster.classes.empty()) throw UsageError(fmt::format("{}: no device is left", reference));
  return cluster;
}

std::vector<std::string> cluster_files(const std::string& reference) {
  const std::string name = split_reference(reference).first;
  if (!is_path(name)) return {};
  const std::filesystem::path folder = std::filesystem::path(name).parent_path();
  std::vector<std::string> files = {name};
  for (const JsonView& device : JsonView::read(name).at("devices").elements())
    if (const auto profile = device.find("profile"); profile && is_path(profile->file_name()))
      files.push_back((folder / profile->file_name()).string());
  return files;
}

}  // namespace cleave
