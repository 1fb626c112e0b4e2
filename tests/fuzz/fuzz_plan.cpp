/// Plan files from any bytes: refused with an Error, complained about by `check`, or safe to work with.

#include "corpus_problem.hpp"

#include "base/json_view.hpp"
#include "devices/read_cluster.hpp"
#include "model/sources.hpp"
#include "report/move.hpp"
#include "report/plan_file.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

cleave::Setting make_setting() {
  cleave::Setting setting{"costs.json",
                          "two.json",
                          cleave::parse_cost_file(kCosts, "costs.json"),
                          cleave::parse_cluster(cleave::JsonView::parse(kCluster, "two.json"), {}),
                          {}};
  setting.cost = cleave::make_cost_table(setting.network, setting.devices);
  return setting;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cleave::Setting setting = make_setting();
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const cleave::PlanFile file = cleave::parse_plan(cleave::JsonView::parse(text, "fuzz.json"), setting);
    const cleave::Plan& plan = file.point.plan;
    if (!cleave::check({.cost = setting.cost}, plan, file.point.score).empty()) return 0;
    if (cleave::evaluate(setting.cost, plan).period_s <= 0) std::abort();
    if (cleave::simulate(setting.cost, plan, 3).period_s <= 0) std::abort();
    for (std::size_t s = 0; s < plan.stages.size(); ++s)
      for (const cleave::OpId op : plan.stages[s].operators)
        (void)cleave::score_after_move(setting.cost, plan, op, s, +1);
  } catch (const cleave::Error&) {
  }
  return 0;
}
