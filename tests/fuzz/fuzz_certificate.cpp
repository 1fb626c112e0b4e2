/// Certificate files from any bytes: refused with an Error, complained about, or true of the one problem.

#include "base/json_view.hpp"
#include "devices/read_cluster.hpp"
#include "model/sources.hpp"
#include "verify/verify.hpp"

#include <cleave/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view kCosts = R"({"schema": "cleave.costs/1", "name": "net", "operators": [
  {"name": "a", "costs": {"x": {"seconds": 1e-3, "joules": 0.01, "bytes": 10}, "y": {"seconds": 4e-3}}},
  {"name": "b", "costs": {"x": {"seconds": 2e-3, "joules": 0.02}, "y": {"seconds": 1e-3, "joules": 0.01}}},
  {"name": "c", "costs": {"x": {"seconds": 1e-3}, "y": {"seconds": 1e-3}}}],
  "edges": [{"from": "a", "to": ["b"], "seconds": 1e-4}, {"from": "b", "to": ["c"], "seconds": 1e-4}]})";
constexpr std::string_view kCluster = R"({"schema": "cleave.cluster/1", "name": "two", "devices": [
  {"name": "x", "idle_w": 1, "count": 2}, {"name": "y", "idle_w": 0.5, "count": 1}]})";

cleave::CostTable make_costs() {
  return cleave::make_cost_table(cleave::parse_cost_file(kCosts, "costs.json"),
                                 cleave::parse_cluster(cleave::JsonView::parse(kCluster, "two.json"), {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cleave::CostTable cost = make_costs();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const cleave::Certificate certificate =
        cleave::parse_certificate(cleave::JsonView::parse(text, "certificate.json"));
    if (!cleave::verify_certificate(cost, certificate).empty()) return 0;
    // One device of the first class runs everything in 4 ms and 34 mJ: a claim must be no worse.
    bool covered = !certificate.contiguous;
    for (const cleave::Claim& claim : certificate.claims)
      covered |= claim.period_s <= 4.0001e-3 && claim.energy_j <= 34.001e-3;
    if (!covered) std::abort();
  } catch (const cleave::Error&) {
  }
  return 0;
}
