#include "devices/vary.hpp"
#include "complaint.hpp"
#include "devices/circuit_scaling.hpp"
#include "devices/fields.hpp"
#include "devices/quantity.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace cleave {
namespace {

using testing::HasSubstr;

const DeviceClass& device(const Cluster& cluster, const std::string& name) {
  for (const DeviceClass& one : cluster.classes)
    if (one.name == name) return one;
  throw std::out_of_range(name);
}

TEST(Vary, ChangesAClusterByItsReference) {
  const Cluster plain = read_cluster("edge4");
  const Cluster cluster = read_cluster("edge4?cim.count=2,cim.rows=256,npu.idle_w=0.5,npu.port.bytes_per_s=1e9");
  EXPECT_EQ(device(cluster, "cim").count, 2);
  EXPECT_EQ(device(cluster, "cim").profile->number("array_rows"), 256) << "by the end of its name";
  EXPECT_EQ(device(cluster, "npu").idle_w.value, 0.5);
  EXPECT_EQ(device(cluster, "npu").port->bytes_per_s.value, 1e9);
  const Quantity& was = device(plain, "npu").idle_w;
  EXPECT_DOUBLE_EQ(device(cluster, "npu").idle_w.high / 0.5, was.high / was.value) << "the interval moves along";
  EXPECT_EQ(cluster.classes.size(), plain.classes.size());
  EXPECT_EQ(read_cluster("edge4?cim.count=0").classes.size(), plain.classes.size() - 1);
}

TEST(Vary, ConverterTimeAndEnergyFollowItsBits) {
  const auto number = [](const char* reference, const char* field) {
    return device(read_cluster(reference), "cim").profile->number(field);
  };
  const double bits = number("edge4", "adc_bits");
  EXPECT_DOUBLE_EQ(number("edge4?cim.adc_bits=10", "conversion_s"), number("edge4", "conversion_s") * 10 / bits);
  const double ratio = (100 * 10 + 0.001 * std::pow(4, 10)) / (100 * bits + 0.001 * std::pow(4, bits));
  EXPECT_DOUBLE_EQ(number("edge4?cim.adc_bits=10", "adc_j"), number("edge4", "adc_j") * ratio);
}

TEST(Vary, GivesFieldsThatTheProfileLacksAValue) {
  const Cluster plain = read_cluster("edge4");
  ASSERT_FALSE(device(plain, "npu").memory_bytes);
  ASSERT_FALSE(device(plain, "gpu").profile->numbers.contains("cache_bytes"));
  const Cluster cluster = read_cluster("edge4?npu.memory_bytes=1e6,npu.accumulator_bytes=4096,gpu.cache_bytes=5e7");
  EXPECT_EQ(device(cluster, "npu").memory_bytes->value, 1e6);
  EXPECT_EQ(device(cluster, "npu").memory_bytes->source, "not in the profile; varied");
  EXPECT_EQ(device(cluster, "npu").profile->number("accumulator_bytes"), 4096);
  EXPECT_EQ(device(cluster, "gpu").profile->number("cache_bytes"), 5e7);
  EXPECT_EQ(device(read_cluster("edge4?gpu.matrix_m0_fp32=3"), "gpu").profile->number("matrix_m0_fp32"), 3);
}

/// An estimate stays one: joules that follow from it are called that.
TEST(Vary, KeepsWhereANumberComesFrom) {
  Quantity number = exactly(2, "estimated from a sibling");
  set_quantity(number, 3);
  EXPECT_EQ(number.value, 3);
  EXPECT_TRUE(number.source.starts_with("estimated")) << number.source;
}

TEST(Vary, EveryFieldOfTheKindMayBeVaried) {
  for (const DeviceClass& one : read_cluster("edge4").classes)
    for (const Field& field : fields_of(one.profile->kind))
      for (const std::string& name : names_of(field, one.profile->precisions)) {
        if (name == "supply_v") continue;
        const Cluster cluster = read_cluster(fmt::format("edge4?{}.{}=1", one.name, name));
        const DeviceClass& changed = device(cluster, one.name);
        const double value = name == "memory_bytes" ? changed.memory_bytes->value
                             : name == "idle_w"     ? changed.idle_w.value
                                                    : changed.profile->number(name);
        EXPECT_EQ(value, 1) << one.name << "." << name;
      }
}

TEST(Vary, EndsOfNamesMeanFieldsWithAValueFirst) {
  EXPECT_EQ(device(read_cluster("edge4?gpu.bytes=5e9"), "gpu").memory_bytes->value, 5e9) << "not cache_bytes";
  EXPECT_EQ(device(read_cluster("edge4?cim.per_copy=9"), "cim").profile->number("vectors_per_copy"), 9);
  EXPECT_EQ(device(read_cluster("edge4?gpu.overlap_p=2"), "gpu").profile->number("overlap_p"), 2)
      << "and a whole name before its ends";
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?gpu.efficiency_fp32=0.5"); }), HasSubstr("has no field"))
      << "of several none is meant";
}

TEST(Vary, WhatNeedsMoreIsSaid) {
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?cpu.port.bytes_per_s=1e9"); }),
              HasSubstr("cpu has no port, so it computes in host memory"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?cim.supply_v=0.8"); }), HasSubstr("has no supply_v"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?cim.threshold_v=0.3,cim.supply_v=0.8"); }),
              HasSubstr("has no supply_v"));
}

/// Plans name each shared link in its place, whatever devices they leave out.
TEST(Vary, SharedLinksStayWithoutMembers) {
  Cluster cluster;
  for (const char* name : {"x", "y", "z"}) cluster.classes.push_back({.name = name});
  cluster.shared_links = {{.name = "of x", .members = {ClassId(0)}, .wire = {}},
                          {.name = "of all", .members = {ClassId(0), ClassId(1), ClassId(2)}, .wire = {}}};
  apply_change(cluster, {"x.count", "0"});
  ASSERT_EQ(cluster.shared_links.size(), 2u);
  EXPECT_EQ(cluster.shared_links[0].name, "of x");
  EXPECT_THAT(cluster.shared_links[0].members, testing::IsEmpty());
  EXPECT_THAT(cluster.shared_links[1].members, testing::ElementsAre(ClassId(0), ClassId(1)));
}

TEST(Vary, PrecisionIsForAllThatHaveIt) {
  const Cluster cluster = read_cluster("edge4?precision=int8");
  for (const DeviceClass& one : cluster.classes) {
    const auto& known = one.profile->precisions;
    const bool has = std::find(known.begin(), known.end(), Precision::int8) != known.end();
    EXPECT_EQ(one.precision == Precision::int8, has) << one.name;
  }
}

TEST(Vary, ReferencesComeApartAndTogether) {
  const auto [name, changes] = split_reference("a/b.json?x.count=2,y.idle_w=1");
  EXPECT_EQ(name, "a/b.json");
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].field, "y.idle_w");
  EXPECT_EQ(changes[1].value, "1");
  EXPECT_EQ(joined_reference(name, changes), "a/b.json?x.count=2,y.idle_w=1");
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?cim"); }), HasSubstr("write FIELD=VALUE"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?"); }), HasSubstr("write FIELD=VALUE"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?cim.count=1,"); }), HasSubstr("write FIELD=VALUE"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("edge4?cim.count=1,npu.count=1,cim.count=2"); }),
              HasSubstr("changes cim.count twice"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("?cim.count=1"); }),
              HasSubstr("?cim.count=1: names no cluster to change"));
  EXPECT_THAT(refusal_of([] { (void)read_cluster("cim8?cim.count=0,cpu.count=0,host.count=0"); }),
              testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace cleave
