#include "devices/sample.hpp"

#include "base/text.hpp"
#include "devices/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Inverse of the triangular distribution over [low, high] with its peak at `peak`.
double triangular(double low, double peak, double high, double u) {
  const double width = high - low, left = peak - low;
  if (u * width < left) return low + std::sqrt(u * width * left);
  return high - std::sqrt((1 - u) * width * (high - peak));
}

/// Evenly in [0, 1): the hash of what the number is called, scrambled (splitmix64, Steele et al., OOPSLA 2014).
double share_of(std::uint64_t seed, std::uint64_t index, const std::string& name) {
  std::uint64_t x = fnv1a(fmt::format("{} {} {}", seed, index, name)) + 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

class Sampler {
 public:
  Sampler(std::uint64_t seed, std::uint64_t index) : seed_(seed), index_(index) {}

  void draw(Cluster& cluster) const {
    for (DeviceClass& device : cluster.classes) draw(device);
    if (cluster.links)
      for (Link& link : *cluster.links)
        draw(link.wire, fmt::format("link {}|{}", cluster.classes[link.one].name, cluster.classes[link.other].name));
    for (HostNetwork& network : cluster.networks)
      draw(network.wire, fmt::format("network {}|{}", network.one, network.other));
    for (SharedLink& link : cluster.shared_links) draw(link.wire, "shared_link " + link.name);
  }

 private:
  void draw(Quantity& quantity, const std::string& owner, const std::string& field) const {
    quantity.value = drawn(quantity, share_of(seed_, index_, owner + " " + field));
  }

  /// Whole numbers say how a device is built: another count would be another device, not an error about this one.
  void draw(Profile& profile) const {
    for (const Field& field : fields_of(profile.kind)) {
      if (field.range == Range::count) continue;
      for (const std::string& name : names_of(field, profile.precisions))
        if (const auto number = profile.numbers.find(name); number != profile.numbers.end())
          draw(number->second, profile.name, name);
    }
  }

  void draw(DeviceClass& device) const {
    const std::string owner = device.profile ? device.profile->name : device.name;
    if (device.profile) draw(*device.profile);
    draw(device.idle_w, owner, "idle_w");
    if (device.memory_bytes) draw(*device.memory_bytes, owner, "memory_bytes");
    if (!device.port) return;
    draw(device.port->bytes_per_s, device.name, "port.bytes_per_s");
    draw(device.port->latency_s, device.name, "port.latency_s");
    draw(device.port->j_per_byte, device.name, "port.j_per_byte");
  }

  void draw(Wire& wire, const std::string& owner) const {
    draw(wire.bytes_per_s, owner, "bytes_per_s");
    draw(wire.latency_s, owner, "latency_s");
    draw(wire.j_per_byte, owner, "j_per_byte");
    draw(wire.packet_bytes, owner, "packet_bytes");
    draw(wire.packet_overhead_bytes, owner, "packet_overhead_bytes");
  }

  std::uint64_t seed_, index_;
};

}  // namespace

double drawn(const Quantity& quantity, double u) {
  if (!(quantity.low < quantity.high)) return quantity.value;
  const bool logarithmic = quantity.low > 0;
  const auto scaled = [&](double x) { return logarithmic ? std::log(x) : x; };
  const double x = triangular(scaled(quantity.low), scaled(quantity.value), scaled(quantity.high), u);
  return std::clamp(logarithmic ? std::exp(x) : x, quantity.low, quantity.high);
}

Cluster sample_cluster(const Cluster& cluster, std::uint64_t seed, std::uint64_t index) {
  Cluster sampled = cluster;
  Sampler(seed, index).draw(sampled);
  return sampled;
}

}  // namespace cleave
