#include "verify/shared_ways.hpp"

namespace cleave::verify {
namespace {

bool joins(const SharedLinkCost& link, ClassId device) { return device.valid() && link.member[device] != 0; }

double passage_s(const SharedLinkCost& link, double bytes) { return link.latency_s + bytes * link.s_per_byte; }

}  // namespace

std::size_t shared_ways(const CostTable& cost) {
  std::size_t ways = 0;
  if (cost.links)
    for (const SharedLinkCost& link : cost.links->shared) ways += link.full_duplex ? 2 : 1;
  return ways;
}

void add_passages(const CostTable& cost, ClassId from, ClassId to, double bytes, std::vector<double>& taken_s) {
  std::size_t way = 0;
  for (const SharedLinkCost& link : cost.links->shared) {
    int in = joins(link, to) ? 1 : 0;
    int out = joins(link, from) ? 1 : 0;
    if (in && out && link.inside == 0) in = out = 0;
    const double seconds = passage_s(link, bytes);
    if (link.full_duplex) {
      taken_s[way++] += in * seconds;
      taken_s[way++] += out * seconds;
    } else {
      taken_s[way++] += (in && out ? link.inside : in + out) * seconds;
    }
  }
}

UserPassage user_passage(const CostTable& cost, ClassId device, double bytes) {
  UserPassage passage;
  for (const SharedLinkCost& link : cost.links->shared) {
    if (!joins(link, device)) continue;
    passage.seconds += passage_s(link, bytes);
    passage.energy_j += bytes * link.j_per_byte;
  }
  return passage;
}

}  // namespace cleave::verify
