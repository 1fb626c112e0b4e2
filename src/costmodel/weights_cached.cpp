#include "costmodel/weights_cached.hpp"

#include <algorithm>

namespace cleave {

double bytes_of_run(const Network& network, Precision precision, const Winograd& winograd) {
  double bytes = 0;
  for (const double alive : live_bytes(network, precision)) bytes = std::max(bytes, alive);
  for (const OpId op : network.operators.ids()) {
    const Work work = work_of(network, op, precision);
    bytes += std::min(weights_held(work, winograd), work.kind == OpKind::lookup ? work.weight_traffic() : kCannot);
  }
  return bytes;
}

double share_cached(double bytes_of_run, double cache_bytes) {
  return cache_bytes > 0 ? std::clamp(2 - 2 * bytes_of_run / cache_bytes, 0.0, 1.0) : 0;
}

double weights_cached(const Network& network, Precision precision, const Profile& profile) {
  const auto cache = profile.numbers.find("cache_bytes");
  if (cache == profile.numbers.end()) return 0;
  return share_cached(bytes_of_run(network, precision, roofline_parameters(profile, precision).winograd),
                      cache->second.value);
}

}  // namespace cleave
