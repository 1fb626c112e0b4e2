#include "runtime/executor/turns.hpp"

namespace cleave {

Turns::Turns(const Pipeline& pipeline, std::span<const std::size_t> units, int replica, std::uint64_t first,
             std::uint64_t last)
    : pipeline_(pipeline),
      units_(units),
      replica_(static_cast<std::uint64_t>(replica)),
      first_(first),
      last_(last),
      beat_(first),
      end_(last) {
  if (!units.empty()) end_ += pipeline.order().lag() * pipeline.routes().units[units.front()].depth;
}

std::optional<Turn> Turns::next() {
  for (; beat_ < end_; ++beat_, place_ = 0) {
    while (place_ < units_.size()) {
      const std::size_t place = place_++;
      const std::uint64_t behind = pipeline_.order().lag() * pipeline_.routes().units[units_[place]].depth;
      if (beat_ < first_ + behind || beat_ - behind >= last_) continue;
      const std::uint64_t batch = beat_ - behind;
      if (batch % pipeline_.replicas(units_[place]) == replica_) return Turn{place, batch, beat_};
    }
  }
  return std::nullopt;
}

}  // namespace cleave
