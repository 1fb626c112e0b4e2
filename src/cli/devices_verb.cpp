// cleave devices: the profiles and clusters that are shipped, each number with its source.
#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/quantities.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"

#include <cleave/cluster.hpp>
#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace cleave::cli {
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const std::vector<Precision>& precisions) {
  std::string text;
  for (const Precision precision : precisions) text += (text.empty() ? "" : " ") + std::string(name_of(precision));
  return text;
}

void list() {
  TextTable profiles({"profile", "kind", "precisions", "title"}, {0, 1, 2, 3});
  for (const std::string& name : shipped_profiles()) {
    const Profile profile = read_profile(name);
    profiles.add({name, std::string(name_of(profile.kind)), joined(profile.precisions), profile.title});
  }
  TextTable clusters({"cluster", "devices", "title"}, {0, 1, 2});
  for (const std::string& name : shipped_clusters()) {
    const Cluster cluster = read_cluster(name);
    std::string devices;
    for (const DeviceClass& device : cluster.classes)
      devices += fmt::format("{}{} {}", devices.empty() ? "" : ", ", device.count, device.name);
    clusters.add({name, devices, cluster.title});
  }
  print(profiles.text() + "\n" + clusters.text());
}

void list_json() {
  JsonWriter json;
  json.begin_object();
  const auto names = [&](const char* key, const std::vector<std::string>& items) {
    json.key(key).begin_array();
    for (const std::string& name : items) json.value(name);
    json.end_array();
  };
  names("profiles", shipped_profiles());
  names("clusters", shipped_clusters());
  json.end_object();
  print_data(json.text());
}

Quantities rows_of(const Profile& profile) { return {profile.numbers.begin(), profile.numbers.end()}; }

void add_wire(Quantities& rows, const std::string& ends, const Wire& wire) {
  rows.emplace_back(ends + ".bytes_per_s", wire.bytes_per_s);
  rows.emplace_back(ends + ".latency_s", wire.latency_s);
  rows.emplace_back(ends + ".j_per_byte", wire.j_per_byte);
  if (wire.packet_bytes.value == 0) return;
  rows.emplace_back(ends + ".packet_bytes", wire.packet_bytes);
  rows.emplace_back(ends + ".packet_overhead_bytes", wire.packet_overhead_bytes);
}

Quantities rows_of(const Cluster& cluster) {
  Quantities rows;
  for (const DeviceClass& device : cluster.classes) {
    rows.emplace_back(device.name + ".idle_w", device.idle_w);
    if (device.memory_bytes) rows.emplace_back(device.name + ".memory_bytes", *device.memory_bytes);
    if (!device.port) continue;
    rows.emplace_back(device.name + ".port.bytes_per_s", device.port->bytes_per_s);
    rows.emplace_back(device.name + ".port.latency_s", device.port->latency_s);
    rows.emplace_back(device.name + ".port.j_per_byte", device.port->j_per_byte);
  }
  if (cluster.links)
    for (const Link& link : *cluster.links)
      add_wire(rows, fmt::format("{} - {}", cluster.classes[link.one].name, cluster.classes[link.other].name),
               link.wire);
  for (const HostNetwork& network : cluster.networks)
    add_wire(rows, fmt::format("{} - {}", network.one, network.other), network.wire);
  for (const SharedLink& link : cluster.shared_links) add_wire(rows, link.name, link.wire);
  return rows;
}

void show(const Session& session, const std::string& name, const std::string& title, const Quantities& rows) {
  if (session.json) {
    JsonWriter json;
    json.begin_object().field("name", name).field("title", title).key("numbers");
    write_quantities(json, rows);
    json.end_object();
    print_data(json.text());
    return;
  }
  print(fmt::format("{}: {}\n\n{}", name, title, quantities_text(rows)));
}

/// What the file says it is; anything that is not a cluster is read, and judged, as a profile.
bool is_cluster(const std::string& path) {
  const JsonView file = JsonView::read(path);
  const auto schema = file.is_object() ? file.find("schema") : std::nullopt;
  return schema && schema->is_string() && schema->string().starts_with("cleave.cluster/");
}

int run(const Session& session, const std::string& name) {
  if (name.empty()) {
    session.json ? list_json() : list();
    return 0;
  }
  const bool path = name.find('/') != std::string::npos || name.ends_with(".json");
  if (has(shipped_clusters(), name) || (path && is_cluster(name))) {
    const Cluster cluster = read_cluster(name);
    show(session, name, cluster.title, rows_of(cluster));
    return 0;
  }
  if (has(shipped_profiles(), name) || path) {
    const Profile profile = read_profile(name);
    show(session, name, profile.title, rows_of(profile));
    return 0;
  }
  auto names = shipped_profiles();
  for (const std::string& cluster : shipped_clusters()) names.push_back(cluster);
  throw UsageError(
      fmt::format("no profile or cluster is called \"{}\"; did you mean \"{}\"?", name, nearest(name, names)));
}

}  // namespace

void add_devices(CLI::App& app, Session& session) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, session, "devices",
                            "List the device profiles and clusters, or show one, each number with its source");
  verb->add_option("NAME", *name, "A profile or cluster");
  verb->callback([name, &session] { session.action = [name, &session] { return run(session, *name); }; });
}

}  // namespace cleave::cli
