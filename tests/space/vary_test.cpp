#include "devices/vary.hpp"
#include "complaint.hpp"

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
