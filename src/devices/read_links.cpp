#include "devices/read_links.hpp"

#include "base/text.hpp"
#include "devices/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace cleave {
namespace {

using Names = std::vector<std::string>;

/// The caller says which keys are allowed.
Wire read_wire(const JsonView& view) {
  const auto optional = [&](const char* key, Range range) {
    const auto found = view.find(key);
    return found ? read_quantity(*found, range) : Quantity();
  };
  Wire wire{.bytes_per_s = read_quantity(view.at("bytes_per_s"), Range::positive),
            .latency_s = optional("latency_s", Range::non_negative),
            .j_per_byte = optional("j_per_byte", Range::non_negative),
            .packet_bytes = optional("packet_bytes", Range::positive),
            .packet_overhead_bytes = optional("packet_overhead_bytes", Range::non_negative)};
  if (view.find("packet_bytes").has_value() != view.find("packet_overhead_bytes").has_value())
    view.fail("has one of \"packet_bytes\" and \"packet_overhead_bytes\"", "give both or none of them");
  return wire;
}

void allow_wire(const JsonView& view) {
  view.allow_only({"between", "bytes_per_s", "latency_s", "j_per_byte", "packet_bytes", "packet_overhead_bytes"});
}

/// The two ends of `view`, by their places in `names`, the lesser first. Each pair is good once.
std::pair<std::size_t, std::size_t> read_ends(const JsonView& view, const Names& names, const char* what,
                                              std::set<std::pair<std::size_t, std::size_t>>& known) {
  const JsonView between = view.at("between");
  const auto elements = between.elements();
  if (elements.size() != 2) between.fail(fmt::format("has {} names", elements.size()), "give the two ends");
  const auto place_of = [&](const JsonView& end) {
    const auto found = std::find(names.begin(), names.end(), end.string());
    if (found == names.end())
      end.fail(fmt::format("is \"{}\", and no {} has this name", end.string(), what),
               fmt::format("did you mean \"{}\"?", nearest(end.string(), names)));
    return static_cast<std::size_t>(found - names.begin());
  };
  const auto [one, other] = std::minmax({place_of(elements[0]), place_of(elements[1])});
  if (!known.insert({one, other}).second)
    between.fail(fmt::format("joins {} and {} again", names[one], names[other]),
                 "one entry is good for both directions");
  return {one, other};
}

Names hosts_of(const JsonView& document, const Cluster& cluster) {
  Names hosts;
  for (const ClassId id : cluster.classes.ids()) {
    const std::string& host = cluster.classes[id].host;
    if (host.empty() != cluster.classes[ClassId(0)].host.empty())
      document.at("devices").elements()[host.empty() ? id.at() : 0].fail("has no \"host\", and others have",
                                                                         "say which host each device is in");
    if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  }
  return hosts;
}

/// The classes that `name` stands for: one device class, or all those in one host.
std::vector<ClassId> members_called(const JsonView& name, const Cluster& cluster, const Names& hosts) {
  std::vector<ClassId> members;
  Names names = hosts;
  for (const ClassId id : cluster.classes.ids()) {
    const DeviceClass& device = cluster.classes[id];
    names.push_back(device.name);
    if (device.name == name.string() || (!device.host.empty() && device.host == name.string())) members.push_back(id);
  }
  if (members.empty())
    name.fail(
        fmt::format("is \"{}\", and no {} has this name", name.string(), hosts.empty() ? "device" : "device or host"),
        fmt::format("did you mean \"{}\"?", nearest(name.string(), names)));
  return members;
}

SharedLink read_shared_link(const JsonView& view, const Cluster& cluster, const Names& hosts) {
  view.allow_only({"name", "members", "inside", "duplex", "bytes_per_s", "latency_s", "j_per_byte", "packet_bytes",
                   "packet_overhead_bytes"});
  SharedLink link{.name = view.at("name").string(), .members = {}, .wire = read_wire(view)};
  if (link.name.empty()) view.at("name").fail("is empty", "give it a name");
  std::set<ClassId> members;
  for (const JsonView& name : view.at("members").elements())
    for (const ClassId member : members_called(name, cluster, hosts))
      if (!members.insert(member).second)
        name.fail(fmt::format("is \"{}\", and {} is a member already", name.string(), cluster.classes[member].name),
                  "name each device once, or its host");
  if (members.empty()) view.at("members").fail("is empty", "name the devices or hosts that share the link");
  link.members.assign(members.begin(), members.end());
  if (const auto duplex = view.find("duplex")) {
    if (duplex->string() != "half" && duplex->string() != "full")
      duplex->fail(fmt::format("is \"{}\"", duplex->string()), "give \"half\" or \"full\"");
    link.full_duplex = duplex->string() == "full";
  }
  if (const auto inside = view.find("inside")) {
    const std::int64_t times = inside->integer();
    if (times < 0 || times > 2)
      inside->fail(fmt::format("is {}", times),
                   "give how often a tensor from member to member passes the link: 0, 1 or 2");
    link.inside = static_cast<int>(times);
  }
  return link;
}

}  // namespace

void read_links(const JsonView& document, Cluster& cluster) {
  const Names hosts = hosts_of(document, cluster);
  const auto links = document.find("links");
  const auto networks = document.find("networks");
  if (links && !hosts.empty())
    links->fail("is given, and devices have a \"host\"", "give \"networks\" between the hosts, or links without hosts");
  if (networks && hosts.empty())
    networks->fail("is given, and no device has a \"host\"", "say which host each device is in");
  std::set<std::pair<std::size_t, std::size_t>> known;
  if (links) {
    Names names;
    for (const DeviceClass& device : cluster.classes) names.push_back(device.name);
    cluster.links.emplace();
    for (const JsonView& view : links->elements()) {
      allow_wire(view);
      const auto [one, other] = read_ends(view, names, "device", known);
      cluster.links->push_back({ClassId(one), ClassId(other), read_wire(view)});
    }
    if (cluster.links->empty()) links->fail("is empty", "leave it out, or name devices that are linked");
  }
  if (networks)
    for (const JsonView& view : networks->elements()) {
      allow_wire(view);
      const auto [one, other] = read_ends(view, hosts, "host", known);
      if (one == other)
        view.at("between").fail("is one host", "devices of one host reach each other through their ports");
      cluster.networks.push_back({hosts[one], hosts[other], read_wire(view)});
    }
  if (const auto shared = document.find("shared_links")) {
    std::set<std::string> names_of_shared;
    for (const JsonView& view : shared->elements()) {
      cluster.shared_links.push_back(read_shared_link(view, cluster, hosts));
      if (!names_of_shared.insert(cluster.shared_links.back().name).second)
        view.at("name").fail(fmt::format("\"{}\" occurs twice", cluster.shared_links.back().name),
                             "give each shared link a name of its own");
    }
    if (cluster.shared_links.empty()) shared->fail("is empty", "leave it out, or say what devices share");
  }
}

}  // namespace cleave
