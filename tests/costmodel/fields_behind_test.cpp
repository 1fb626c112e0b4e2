// What `cost --explain` names is all that sets the number, on every shipped profile.
#include "costmodel/operator_cost.hpp"
#include "costmodel/work.hpp"
#include "devices/fields.hpp"
#include "devices/read_profile.hpp"

#include <cleave/cost_table.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

Range range_of(const Profile& profile, const std::string& name) {
  for (const Field& field : fields_of(profile.kind))
    if (std::ranges::count(names_of(field, profile.precisions), name) > 0) return field.range;
  return Range::non_negative;
}

class FieldsBehind : public testing::TestWithParam<std::string> {
 protected:
  Profile profile_ = read_profile(GetParam());
  Precision precision_ = profile_.precisions.front();

  /// Fields that move a part of an operator at half or double their value are named.
  void expect_all_are_named(const Network& network, OpId op) {
    const Work work = work_of(network, op, precision_);
    const OperatorCost cost = make_cost_model(profile_, precision_, network)(work);
    const auto named = fields_behind(network, op, profile_, precision_);
    for (const auto& [name, quantity] : profile_.numbers)
      for (const double factor : {0.5, 2.0}) {
        const Range range = range_of(profile_, name);
        Profile other = profile_;
        double& value = other.numbers.at(name).value;
        value = range == Range::count ? std::floor(value * factor) : value * factor;
        if (!is_in(range, value)) continue;
        const OperatorCost moved = make_cost_model(other, precision_, network)(work);
        for (std::size_t part = 0; part < cost.parts.size(); ++part) {
          const bool differs = moved.parts[part].seconds != cost.parts[part].seconds ||
                               moved.parts[part].joules != cost.parts[part].joules;
          EXPECT_TRUE(!differs || std::ranges::count(named[part], name) == 1)
              << network.operators[op].name << ' ' << cost.parts[part].name << " lacks " << name;
        }
      }
  }
};

TEST_P(FieldsBehind, AreAllThatSetTheNumber) {
  for (const char* name : {"zoo:vgg8", "zoo:mobilenetv2"}) {
    const Network network = read_network(name);
    for (const std::size_t op : {std::size_t{0}, network.operators.size() / 2, network.operators.size() - 1})
      expect_all_are_named(network, OpId(op));
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, FieldsBehind, testing::ValuesIn(shipped_profiles()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace cleave
