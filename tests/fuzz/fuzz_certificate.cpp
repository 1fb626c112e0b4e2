/// Certificate files from any bytes: refused with an Error, complained about, or true of the one problem.

#include "corpus_problem.hpp"

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
