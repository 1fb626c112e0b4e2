#include "base/files.hpp"
#include "base/json_view.hpp"
#include "devices/damage.hpp"
#include "devices/read_cluster.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kCluster = R"({"schema": "cleave.cluster/1", "name": "pair", "devices": [
  {"name": "host", "profile": "cpu_rpi4b"},
  {"name": "gpu", "profile": "gpu_t4", "count": 2, "precision": "int8", "idle_w": 12, "memory_bytes": 5e9,
   "port": {"bytes_per_s": 1e9, "latency_s": 1e-5, "j_per_byte": 1e-10, "duplex": "half", "overlap": false}},
  {"name": "measured", "idle_w": 3, "replicate": false}]})";

Cluster parse(const std::string& text) { return parse_cluster(JsonView::parse(text, "c.json"), {}); }
std::string complaint_about(const std::string& from, const std::string& to) {
  return complaint_of([&] { (void)parse(replaced(kCluster, from, to)); });
}

TEST(ReadCluster, ReadsClassesWithTheirPorts) {
  const Cluster cluster = parse(kCluster);
  ASSERT_EQ(cluster.classes.size(), 3u);
  const DeviceClass& host = cluster.classes[ClassId(0)];
  EXPECT_EQ(host.count, 1);
  EXPECT_FALSE(host.port);
  EXPECT_EQ(host.idle_w.value, 2.7) << "the profile's";
  EXPECT_EQ(host.memory_bytes->value, 4e9) << "the profile's";
  EXPECT_EQ(host.precision, Precision::fp32) << "the profile's native one";
  const DeviceClass& gpu = cluster.classes[ClassId(1)];
  EXPECT_EQ(gpu.count, 2);
  EXPECT_EQ(gpu.precision, Precision::int8);
  EXPECT_EQ(gpu.idle_w.value, 12) << "the cluster's own";
  EXPECT_EQ(gpu.memory_bytes->value, 5e9) << "the cluster's own";
  EXPECT_EQ(gpu.port->bytes_per_s.value, 1e9);
  EXPECT_EQ(gpu.port->latency_s.value, 1e-5);
  EXPECT_FALSE(gpu.port->full_duplex);
  EXPECT_FALSE(gpu.port->overlap);
  const DeviceClass& measured = cluster.classes[ClassId(2)];
  EXPECT_FALSE(measured.profile);
  EXPECT_FALSE(measured.memory_bytes) << "unlimited";
  EXPECT_TRUE(gpu.replicate);
  EXPECT_FALSE(measured.replicate);
}

TEST(ReadCluster, ComplaintsNamePlaceProblemAndRepair) {
  EXPECT_THAT(complaint_about("gpu_t4", "gpu_t44"),
              AllOf(HasSubstr("c.json: /devices/1/profile: is \"gpu_t44\""), HasSubstr("did you mean \"gpu_t4\"")));
  EXPECT_THAT(complaint_about("\"gpu_t4\"", "\"none.json\""), HasSubstr("none.json: cannot be read"));
  EXPECT_THAT(complaint_about("\"count\": 2", "\"count\": 0"),
              AllOf(HasSubstr("/devices/1/count: is 0"), HasSubstr("from 1 to 1000")));
  EXPECT_THAT(complaint_about("\"count\": 2", "\"count\": 1001"), HasSubstr("/devices/1/count: is 1001"));
  EXPECT_THAT(complaint_about("\"count\": 2", "\"count\": 1.5"), HasSubstr("whole number"));
  EXPECT_THAT(complaint_about("\"count\": 2", "\"cout\": 2"),
              AllOf(HasSubstr("/devices/1/cout: is not a known key"), HasSubstr("\"count\"")));
  EXPECT_THAT(complaint_about("\"bytes_per_s\": 1e9", "\"bytes_per_s\": -1e9"),
              AllOf(HasSubstr("/devices/1/port/bytes_per_s"), HasSubstr("greater than 0")));
  EXPECT_THAT(complaint_about("\"bytes_per_s\": 1e9, ", ""), HasSubstr("/devices/1/port: has no \"bytes_per_s\""));
  EXPECT_THAT(complaint_about("\"half\"", "\"simplex\""),
              AllOf(HasSubstr("/devices/1/port/duplex: is \"simplex\""), HasSubstr("\"full\" or \"half\"")));
  EXPECT_THAT(complaint_about("\"overlap\": false", "\"overlap\": 0"), HasSubstr("true or false"));
  EXPECT_THAT(complaint_about("\"replicate\": false", "\"replicate\": \"no\""),
              AllOf(HasSubstr("/devices/2/replicate"), HasSubstr("true or false")));
  EXPECT_THAT(
      complaint_about("\"int8\"", "\"bf16\""),
      AllOf(HasSubstr("/devices/1/precision: is bf16, which gpu_t4 cannot run"), HasSubstr("fp16, fp32, int8")));
  EXPECT_THAT(complaint_about("\"name\": \"gpu\"", "\"name\": \"host\""),
              AllOf(HasSubstr("/devices/1/name"), HasSubstr("occurs twice")));
  for (const std::string mark : {",", "=", "."})
    EXPECT_THAT(complaint_about("\"name\": \"gpu\"", "\"name\": \"gpu" + mark + "1\""),
                AllOf(HasSubstr("/devices/1/name: \"gpu" + mark + "1\" has a '" + mark + "'"), HasSubstr("'_'")));
  EXPECT_THAT(complaint_about("\"name\": \"gpu\", ", ""), HasSubstr("/devices/1: has no \"name\""));
  EXPECT_THAT(complaint_about("\"idle_w\": 3", "\"count\": 3"),
              AllOf(HasSubstr("/devices/2"), HasSubstr("neither \"profile\" nor \"idle_w\"")));
  EXPECT_THAT(complaint_about("\"memory_bytes\": 5e9", "\"memory_bytes\": 0"), HasSubstr("greater than 0"));
  EXPECT_THAT(complaint_of([] { (void)parse(R"({"schema": "cleave.cluster/1", "name": "none", "devices": []})"); }),
              HasSubstr("/devices: is empty"));
  EXPECT_THAT(complaint_of([] { (void)read_cluster("edge5"); }),
              AllOf(HasSubstr("edge5: no cluster"), HasSubstr("\"edge4\"")));
}

const std::string kLinked = R"({"schema": "cleave.cluster/1", "name": "linked", "devices": [
  {"name": "a", "idle_w": 1}, {"name": "b", "idle_w": 1, "count": 2}], "links": [
  {"between": ["b", "a"], "bytes_per_s": 1e6, "latency_s": 1e-3, "j_per_byte": 2e-9, "packet_bytes": 100, "packet_overhead_bytes": 25},
  {"between": ["b", "b"], "bytes_per_s": 4e6}]})";
const std::string kHosts = R"({"schema": "cleave.cluster/1", "name": "hosts", "devices": [
  {"name": "a", "idle_w": 1, "host": "left"}, {"name": "b", "idle_w": 1, "host": "right"}, {"name": "c", "idle_w": 1, "host": "right"}],
  "networks": [{"between": ["right", "left"], "bytes_per_s": 1e6}]})";

TEST(ReadCluster, ReadsLinksBetweenDevices) {
  const Cluster cluster = parse(kLinked);
  ASSERT_EQ(cluster.links->size(), 2u);
  EXPECT_EQ(cluster.links->at(0).one, ClassId(0));
  EXPECT_EQ(cluster.links->at(0).other, ClassId(1));
  EXPECT_EQ(cluster.links->at(0).wire.latency_s.value, 1e-3);
  EXPECT_EQ(cluster.links->at(0).wire.packet_overhead_bytes.value, 25);
  EXPECT_EQ(cluster.links->at(1).one, cluster.links->at(1).other);
  EXPECT_FALSE(parse(kHosts).links);
  const auto complaint = [](const std::string& from, const std::string& to) {
    return complaint_of([&] { (void)parse(replaced(kLinked, from, to)); });
  };
  EXPECT_THAT(complaint("[\"b\", \"a\"]", "[\"b\", \"aa\"]"),
              AllOf(HasSubstr("/links/0/between/1: is \"aa\", and no device"), HasSubstr("did you mean \"a\"")));
  EXPECT_THAT(complaint("[\"b\", \"a\"]", "[\"b\"]"), HasSubstr("/links/0/between: has 1 names"));
  EXPECT_THAT(complaint("[\"b\", \"a\"]", "[\"b\", \"b\"]"), HasSubstr("/links/1/between: joins b and b again"));
  EXPECT_THAT(complaint("\"bytes_per_s\": 4e6", "\"bytes_per_s\": 0"), HasSubstr("/links/1/bytes_per_s"));
  EXPECT_THAT(complaint("\"packet_bytes\": 100, ", ""), HasSubstr("/links/0: has one of \"packet_bytes\""));
  EXPECT_THAT(complaint("\"latency_s\"", "\"latency\""), HasSubstr("/links/0/latency: is not a known key"));
  EXPECT_THAT(complaint("\"name\": \"a\",", "\"name\": \"a\", \"host\": \"x\","),
              HasSubstr("has no \"host\", and others have"));
  EXPECT_THAT(
      complaint_of([] {
        (void)parse(
            R"({"schema": "cleave.cluster/1", "name": "n", "devices": [{"name": "a", "idle_w": 1}], "links": []})");
      }),
      HasSubstr("/links: is empty"));
}

TEST(ReadCluster, ReadsWhatDevicesShare) {
  const std::string shared = R"(, "shared_links": [
    {"name": "bus", "members": ["b", "a"], "bytes_per_s": 1e6, "latency_s": 1e-3},
    {"name": "port", "members": ["right"], "inside": 0, "duplex": "full", "bytes_per_s": 2e6, "j_per_byte": 1e-9}]})";
  const std::string text = kHosts.substr(0, kHosts.size() - 1) + shared;
  const Cluster cluster = parse(text);
  ASSERT_EQ(cluster.shared_links.size(), 2u);
  const SharedLink& bus = cluster.shared_links[0];
  EXPECT_EQ(bus.members, (std::vector<ClassId>{ClassId(0), ClassId(1)}));
  EXPECT_EQ(bus.inside, 1);
  EXPECT_FALSE(bus.full_duplex);
  EXPECT_EQ(bus.wire.latency_s.value, 1e-3);
  const SharedLink& port = cluster.shared_links[1];
  EXPECT_EQ(port.members, (std::vector<ClassId>{ClassId(1), ClassId(2)})) << "all devices of the host";
  EXPECT_EQ(port.inside, 0);
  EXPECT_TRUE(port.full_duplex);
  const auto complaint = [&](const std::string& from, const std::string& to) {
    return complaint_of([&] { (void)parse(replaced(text, from, to)); });
  };
  EXPECT_THAT(complaint("[\"b\", \"a\"]", "[\"bb\"]"),
              AllOf(HasSubstr("/shared_links/0/members/0: is \"bb\", and no device or host"), HasSubstr("\"b\"")));
  EXPECT_THAT(complaint("[\"b\", \"a\"]", "[\"b\", \"right\"]"),
              HasSubstr("/shared_links/0/members/1: is \"right\", and b is a member already"));
  EXPECT_THAT(complaint("[\"b\", \"a\"]", "[]"), HasSubstr("/shared_links/0/members: is empty"));
  EXPECT_THAT(complaint("\"inside\": 0", "\"inside\": 3"), HasSubstr("/shared_links/1/inside: is 3"));
  EXPECT_THAT(complaint("\"full\"", "\"both\""), HasSubstr("/shared_links/1/duplex: is \"both\""));
  EXPECT_THAT(complaint("\"name\": \"port\"", "\"name\": \"bus\""), HasSubstr("/shared_links/1/name: \"bus\" occurs"));
  EXPECT_THAT(complaint("\"name\": \"bus\"", "\"name\": \"\""), HasSubstr("/shared_links/0/name: is empty"));
  EXPECT_THAT(complaint("\"bytes_per_s\": 2e6", "\"bytes_per_s\": 0"), HasSubstr("/shared_links/1/bytes_per_s"));
  EXPECT_THAT(complaint("\"duplex\"", "\"duplexes\""), HasSubstr("/shared_links/1/duplexes: is not a known key"));
}

TEST(ReadCluster, ReadsNetworksBetweenHosts) {
  const Cluster cluster = parse(kHosts);
  ASSERT_EQ(cluster.networks.size(), 1u);
  EXPECT_EQ(cluster.networks[0].one, "left");
  EXPECT_EQ(cluster.networks[0].other, "right");
  EXPECT_EQ(cluster.classes[ClassId(2)].host, "right");
  const auto complaint = [](const std::string& from, const std::string& to) {
    return complaint_of([&] { (void)parse(replaced(kHosts, from, to)); });
  };
  EXPECT_THAT(complaint("[\"right\", \"left\"]", "[\"right\", \"middle\"]"), HasSubstr("no host has this name"));
  EXPECT_THAT(complaint("[\"right\", \"left\"]", "[\"right\", \"right\"]"),
              HasSubstr("/networks/0/between: is one host"));
  EXPECT_THAT(complaint("{\"name\": \"b\", \"idle_w\": 1, \"host\": \"right\"}", "{\"name\": \"b\", \"idle_w\": 1}"),
              HasSubstr("/devices/1: has no \"host\""));
  EXPECT_THAT(complaint("\"networks\"", "\"links\""), HasSubstr("give \"networks\" between the hosts"));
}

TEST(ReadCluster, FindsProfilesBesideItsFile) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "cleave_cluster_test";
  write_file(folder / "own/tiny.json",
             R"({"schema": "cleave.profile/1", "name": "tiny", "kind": "cpu", "precisions": ["fp32"],
    "idle_w": 2, "peak_fp32_flop_per_s": 1e9, "j_per_flop_fp32": 0, "memory_bytes_per_s": 1e9, "memory_j_per_byte": 0})");
  write_file(
      folder / "c.json",
      R"({"schema": "cleave.cluster/1", "name": "one", "devices": [{"name": "a", "profile": "own/tiny.json"}]})");
  const Cluster cluster = read_cluster((folder / "c.json").string());
  EXPECT_EQ(cluster.classes[ClassId(0)].profile->name, "tiny");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cleave
