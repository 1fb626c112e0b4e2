#include "complaint.hpp"

#include "base/json_view.hpp"
#include "costmodel/operator_cost.hpp"
#include "costmodel/weights_cached.hpp"
#include "devices/read_cluster.hpp"
#include "devices/read_profile.hpp"
#include "model/sources.hpp"

#include "costmodel/links.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Operator operator_of(const std::string& name, OpKind kind) {
  Operator op;
  op.name = name;
  op.kind = kind;
  return op;
}

NetworkTensor tensor_of(std::int64_t elements, OpId producer, std::vector<OpId> consumers) {
  NetworkTensor tensor;
  tensor.producer = producer;
  tensor.consumers = std::move(consumers);
  tensor.elements = elements;
  return tensor;
}

/// conv -> pool -> gemm, where gemm also reads what conv wrote. Tensors of 100, 200, 50 and 10 elements.
Network three_operators() {
  Network network;
  network.name = "three";
  network.batch = 2;
  Operator conv = operator_of("conv", OpKind::conv);
  conv.gemm = {.m = 50, .k = 2, .n = 4, .groups = 1};
  conv.macs = 400;
  conv.flops = 200;
  conv.parameters = 8;
  conv.inputs = {TensorId(0)};
  conv.outputs = {TensorId(1)};
  Operator pool = operator_of("pool", OpKind::pool);
  pool.flops = 200;
  pool.inputs = {TensorId(1)};
  pool.outputs = {TensorId(2)};
  Operator gemm = operator_of("gemm", OpKind::gemm);
  gemm.gemm = {.m = 2, .k = 125, .n = 5, .groups = 1};
  gemm.macs = 1250;
  gemm.parameters = 625;
  gemm.inputs = {TensorId(1), TensorId(2)};
  gemm.outputs = {TensorId(3)};
  network.operators = {conv, pool, gemm};
  network.tensors = {tensor_of(100, {}, {OpId(0)}), tensor_of(200, OpId(0), {OpId(1), OpId(2)}),
                     tensor_of(50, OpId(1), {OpId(2)}), tensor_of(10, OpId(2), {})};
  network.tensors[TensorId(3)].leaves = true;
  return network;
}

Profile profile_of(const std::string& text) { return parse_profile(JsonView::parse(text, "p.json")); }

/// 1 MFLOP/s, 1 MB/s, serial; 1 uJ per operation, 2 uJ per byte.
Profile plain_cpu() {
  return profile_of(R"({"schema": "cleave.profile/1", "name": "plain", "kind": "cpu", "precisions": ["fp32", "int8"],
    "idle_w": 5, "memory_bytes": 4096, "launch_s": 1e-3, "stage_launch_s": 0.25, "stage_launch_j": 0.5, "overlap_p": 1,
    "peak_fp32_flop_per_s": 1e6, "j_per_flop_fp32": 1e-6, "peak_int8_flop_per_s": 4e6, "j_per_flop_int8": 2.5e-7,
    "memory_bytes_per_s": 1e6, "memory_j_per_byte": 2e-6, "other_efficiency_fp32": 1})");
}

Profile plain_cim(const std::string& cell, const std::string& more = "") {
  return profile_of(
      R"({"schema": "cleave.profile/1", "name": "xbar", "kind": "cim", "precisions": ["int8"], "cell": ")" + cell +
      R"(",
    "idle_w": 1, "array_rows": 64, "array_cols": 64, "arrays": 10, "cell_bits": 2, "weight_bits": 8, "input_bits": 8, "dac_bits": 1,
    "rows_active": 64, "columns_per_adc": 8, "adc_bits": 5, "conversion_s": 1e-9, "adc_j": 1e-12, "driver_j": 1e-13,
    "buffer_bytes_per_s": 1e9, "buffer_j_per_byte": 1e-12, "interconnect_bytes_per_s": 1e9, "interconnect_j_per_byte": 1e-12,
    "digital_flop_per_s": 1e9, "digital_j_per_flop": 1e-12)" +
      more + "}");
}

DeviceClass device_of(const Profile& profile, Precision precision) {
  DeviceClass device{.name = profile.name, .profile = profile};
  device.idle_w = profile.numbers.at("idle_w");
  if (profile.numbers.contains("memory_bytes")) device.memory_bytes = profile.numbers.at("memory_bytes");
  device.precision = precision;
  return device;
}

Port plain_port() {
  Port port;
  port.bytes_per_s.value = 1e3;
  port.latency_s.value = 0.5;
  port.j_per_byte.value = 0.01;
  port.full_duplex = false;
  return port;
}

Cluster cluster_of(std::initializer_list<DeviceClass> devices) {
  Cluster cluster;
  cluster.name = "c";
  cluster.classes = devices;
  return cluster;
}

TEST(CostTable, HasTheShapeOfNetworkAndCluster) {
  DeviceClass host = device_of(plain_cpu(), Precision::fp32);
  host.count = 3;
  DeviceClass remote = device_of(plain_cpu(), Precision::int8);
  remote.name = "remote";
  remote.port = plain_port();
  remote.memory_bytes.reset();
  const CostTable table = make_cost_table(three_operators(), cluster_of({host, remote}));
  EXPECT_EQ(table.batch, 2);
  EXPECT_EQ(table.operator_count(), 3u);
  ASSERT_EQ(table.classes.size(), 2u);
  ASSERT_EQ(table.modes.size(), 2u);
  EXPECT_EQ(table.classes[ClassId(0)].count, 3);
  EXPECT_EQ(table.classes[ClassId(0)].idle_w, 5);
  EXPECT_EQ(table.classes[ClassId(0)].memory_bytes, 4096);
  EXPECT_EQ(table.classes[ClassId(1)].memory_bytes, kCannot);
  EXPECT_FALSE(table.classes[ClassId(1)].full_duplex);
  EXPECT_TRUE(table.classes[ClassId(1)].overlap);
  EXPECT_EQ(table.modes[ModeId(1)].device_class, ClassId(1));
  EXPECT_EQ(table.modes[ModeId(1)].precision, Precision::int8);
  EXPECT_EQ(table.modes[ModeId(0)].stage_launch_s, 0.25);
  EXPECT_EQ(table.modes[ModeId(0)].stage_launch_j, 0.5);
  EXPECT_EQ(table.modes[ModeId(0)].resident_bytes, kCannot);
  EXPECT_EQ(table.inputs[OpId(2)], (std::vector{TensorId(1), TensorId(2)}));
  EXPECT_EQ(table.outputs[OpId(2)], (std::vector{TensorId(3)}));
  EXPECT_EQ(table.tensors[TensorId(1)].consumers, (std::vector{OpId(1), OpId(2)}));
  EXPECT_FALSE(table.tensors[TensorId(0)].producer.valid());
  EXPECT_TRUE(table.tensors[TensorId(3)].leaves);
}

/// The processor whose cache holds `cache_bytes`, from where weights come ten times as fast.
Profile with_cache(double cache_bytes) {
  Profile profile = plain_cpu();
  for (const std::string precision : {"fp32", "int8"}) {
    profile.numbers["gemm_weight_memory_efficiency_" + precision].value = 0.1;
    profile.numbers["gemm_cached_weight_memory_efficiency_" + precision].value = 1;
  }
  if (cache_bytes > 0) profile.numbers["cache_bytes"].value = cache_bytes;
  return profile;
}

TEST(CostTable, WeightsStayInACacheThatTheNetworkFitsInTwice) {
  const Network network = three_operators();
  // A run goes through 8 + 625 parameters and, while the convolution runs, 100 + 200 elements.
  const double run = bytes_of_run(network, Precision::fp32, {});
  EXPECT_DOUBLE_EQ(run, 4 * (633 + 300));
  const auto gemm_s = [&](double cache_bytes) {
    const CostTable table = make_cost_table(network, cluster_of({device_of(with_cache(cache_bytes), Precision::fp32)}));
    EXPECT_EQ(table.compute_s(OpId(2), ModeId(0)),
              operator_cost(network, OpId(2), with_cache(cache_bytes), Precision::fp32).seconds);
    return table.compute_s(OpId(2), ModeId(0));
  };
  const double from_memory = gemm_s(0), from_cache = gemm_s(2 * run);
  EXPECT_NEAR(from_memory - from_cache, 625 * 4 / 1e5 - 625 * 4 / 1e6, 1e-12);
  EXPECT_EQ(gemm_s(100 * run), from_cache);
  EXPECT_EQ(gemm_s(run), from_memory);
  EXPECT_NEAR(gemm_s(run / 0.75), (from_memory + from_cache) / 2, 1e-12) << "half of them are still there";
  EXPECT_EQ(make_cost_model(with_cache(100 * run), Precision::fp32)(work_of(network, OpId(2), Precision::fp32)).seconds,
            from_memory)
      << "nothing is known of what runs between";
}

TEST(CostTable, NumbersByHand) {
  DeviceClass host = device_of(plain_cpu(), Precision::fp32);
  DeviceClass remote = device_of(plain_cpu(), Precision::int8);
  remote.port = plain_port();
  Network network = three_operators();
  network.tensors[TensorId(2)].bytes = 77;
  const CostTable table = make_cost_table(network, cluster_of({host, remote}));
  const ModeId fp32(0), int8(1);
  // conv: launch + (2*400 + 200) operations + (100 + 200 + 8) elements of 4 B.
  EXPECT_DOUBLE_EQ(table.compute_s(OpId(0), fp32), 1e-3 + 1000 / 1e6 + 308 * 4 / 1e6);
  EXPECT_DOUBLE_EQ(table.compute_j(OpId(0), fp32), 1000 * 1e-6 + 308 * 4 * 2e-6);
  EXPECT_EQ(table.weight_bytes(OpId(0), fp32), 32);
  EXPECT_EQ(table.weight_bytes(OpId(2), int8), 625);
  EXPECT_DOUBLE_EQ(table.compute_s(OpId(1), fp32), 1e-3 + 200 / 1e6 + (200 * 4 + 77) / 1e6);
  // Alive: {in, conv}, {conv, pool}, {conv, pool, out}; "pool" has 77 B whatever the precision.
  EXPECT_EQ(table.live_bytes(OpId(0), fp32), 300 * 4);
  EXPECT_EQ(table.live_bytes(OpId(1), fp32), 200 * 4 + 77);
  EXPECT_EQ(table.live_bytes(OpId(2), fp32), 210 * 4 + 77);
  EXPECT_EQ(table.live_bytes(OpId(2), int8), 210 + 77);
  EXPECT_EQ(table.transfer_s(TensorId(1), fp32), 0) << "no port: it is host memory";
  EXPECT_DOUBLE_EQ(table.transfer_s(TensorId(1), int8), 0.5 + 200 / 1e3);
  EXPECT_DOUBLE_EQ(table.transfer_j(TensorId(1), int8), 2);
  EXPECT_EQ(table.transfer_bytes(TensorId(1), fp32), 800);
  EXPECT_DOUBLE_EQ(table.transfer_s(TensorId(2), int8), 0.5 + 77 / 1e3);
}

TEST(CostTable, CrossbarsHoldWholeArraysAndMustFitUnlessRewritten) {
  const Network network = three_operators();
  const CostTable fixed = make_cost_table(network, cluster_of({device_of(plain_cim("rram"), Precision::int8)}));
  const ModeId mode(0);
  EXPECT_EQ(fixed.modes[mode].resident_bytes, 10 * 1024) << "10 arrays of 64 x 64 x 2 bit";
  EXPECT_EQ(fixed.modes[mode].reload_s_per_byte, kCannot);
  EXPECT_EQ(fixed.weight_bytes(OpId(0), mode), 1024) << "8 weights take an array";
  EXPECT_EQ(fixed.weight_bytes(OpId(2), mode), 2 * 1024) << "125 rows take two";
  const CostTable written = make_cost_table(
      network, cluster_of({device_of(plain_cim("sram", R"(, "reload_s_per_byte": 1e-9, "reload_j_per_byte": 2e-9)"),
                                     Precision::int8)}));
  EXPECT_EQ(written.modes[mode].reload_s_per_byte, 1e-9);
  EXPECT_EQ(written.modes[mode].reload_j_per_byte, 2e-9);
}

TEST(CostTable, WeightsFromTheHostAreNoFasterThanThePort) {
  const auto reload = [](const std::string& more, double port_bytes_per_s) {
    DeviceClass device = device_of(plain_cim("sram", R"(, "reload_s_per_byte": 1e-3)" + more), Precision::int8);
    if (port_bytes_per_s > 0) {
      device.port = plain_port();
      device.port->bytes_per_s.value = port_bytes_per_s;
    }
    return make_cost_table(three_operators(), cluster_of({device})).modes[ModeId(0)].reload_s_per_byte;
  };
  const std::string from_host = R"(, "reload_port_gain": 1)", twice = R"(, "reload_port_gain": 2)";
  EXPECT_EQ(reload("", 100), 1e-3) << "from a memory beside the chip";
  EXPECT_EQ(reload(from_host, 0), 1e-3) << "no port";
  EXPECT_EQ(reload(from_host, 1e4), 1e-3) << "a faster port";
  EXPECT_EQ(reload(from_host, 100), 1e-2);
  EXPECT_EQ(reload(twice, 100), 5e-3);
  DeviceClass fixed = device_of(plain_cim("rram", from_host), Precision::int8);
  fixed.port = plain_port();
  EXPECT_EQ(make_cost_table(three_operators(), cluster_of({fixed})).modes[ModeId(0)].reload_s_per_byte, kCannot);
}

/// One lane of PCIe 2.0 (400 MB/s) between the host and a chip that has no memory; USB 3.0, over which its rate was
/// measured.
TEST(CostTable, ShippedAcceleratorsReloadOverTheirPorts) {
  const Network network = read_network("zoo:vgg8");
  EXPECT_DOUBLE_EQ(make_cost_table(network, read_cluster("hailo2")).modes[ModeId(1)].reload_s_per_byte, 1 / 4e8);
  EXPECT_DOUBLE_EQ(make_cost_table(network, read_cluster("coral4")).modes[ModeId(1)].reload_s_per_byte, 2.2e-9);
}

/// 2x2 pooling between the rows is not listed: `b` reads a quarter of what `a` wrote.
TEST(CostTable, RowsOfLayerTablesReadWhatTheirOwnSizesSay) {
  const Network convs = parse_layer_table(
      "layer,in_h,in_w,in_c,k_h,k_w,out_c,stride\na,8,8,3,1,1,16,1\nb,4,4,16,1,1,5,1\n", "t.csv", {.batch = 2});
  EXPECT_EQ(work_of(convs, OpId(0), Precision::fp32).input_bytes, 4 * 2 * 8 * 8 * 3);
  EXPECT_EQ(work_of(convs, OpId(1), Precision::fp32).input_bytes, 4 * 2 * 4 * 4 * 16);
  EXPECT_EQ(work_of(convs, OpId(0), Precision::fp32).output_bytes, 4 * 2 * 8 * 8 * 16) << "what moves on";
  const Network products = parse_layer_table("layer,M,K,N,groups\na,4,8,16,3\nb,2,6,2,1\n", "t.csv", {.batch = 2});
  EXPECT_EQ(work_of(products, OpId(0), Precision::int8).input_bytes, 2 * 4 * 8 * 3);
  EXPECT_EQ(work_of(products, OpId(1), Precision::int8).input_bytes, 2 * 2 * 6);
}

TEST(CostTable, WhatCannotRunHasNoOtherNumbers) {
  Network network = three_operators();
  network.operators[OpId(2)].kind = OpKind::matmul;
  const CostTable table = make_cost_table(network, cluster_of({device_of(plain_cim("pcm"), Precision::int8)}));
  EXPECT_EQ(table.compute_s(OpId(2), ModeId(0)), kCannot);
  EXPECT_EQ(table.compute_j(OpId(2), ModeId(0)), 0);
  EXPECT_EQ(table.weight_bytes(OpId(2), ModeId(0)), 0);
  EXPECT_EQ(operator_cost(network, OpId(2), plain_cim("pcm"), Precision::int8).reason,
            "dynamic operands on NVM crossbar");
}

TEST(CostTable, AgreesWithTheCostOfSingleOperators) {
  const Network network = three_operators();
  const Cluster cluster = read_cluster("edge4");
  const CostTable table = make_cost_table(network, cluster);
  for (const ModeId mode : table.modes.ids()) {
    const DeviceClass& device = cluster.classes[table.modes[mode].device_class];
    for (const OpId op : network.operators.ids()) {
      const OperatorCost cost = operator_cost(network, op, *device.profile, device.precision);
      EXPECT_EQ(table.compute_s(op, mode), cost.seconds);
      EXPECT_EQ(table.compute_j(op, mode), cost.joules);
      EXPECT_EQ(table.weight_bytes(op, mode), cost.weight_bytes);
    }
  }
  EXPECT_EQ(table.modes[ModeId(2)].resident_bytes, 8e6) << "the Edge TPU's cache";
  EXPECT_GT(table.modes[ModeId(2)].reload_s_per_byte, 0);
}

Network measured_network() {
  Network network = three_operators();
  for (Operator& op : network.operators) op.kind = OpKind::other;
  for (std::size_t i = 0; i < 3; ++i)
    network.measured.push_back({{"gpu", MeasuredCost{.seconds = 1.0 + double(i), .joules = 2, .bytes = 30}}});
  network.measured[OpId(1)]["cpu"] = {.seconds = 9, .joules = 8, .bytes = 7};
  network.measured_on = {"cpu", "gpu"};
  network.tensors[TensorId(1)].transfer_s = 0.125;
  return network;
}

DeviceClass bare(const std::string& name) {
  DeviceClass device{.name = name};
  device.idle_w.value = 4;
  return device;
}

TEST(CostTable, TakesMeasuredCostsByClassName) {
  DeviceClass gpu = bare("gpu");
  gpu.port = plain_port();
  const CostTable table = make_cost_table(measured_network(), cluster_of({bare("cpu"), gpu}));
  const ModeId cpu_mode(0), gpu_mode(1);
  EXPECT_EQ(table.compute_s(OpId(2), gpu_mode), 3);
  EXPECT_EQ(table.compute_j(OpId(2), gpu_mode), 2);
  EXPECT_EQ(table.weight_bytes(OpId(2), gpu_mode), 30);
  EXPECT_EQ(table.compute_s(OpId(0), cpu_mode), kCannot) << "not measured there";
  EXPECT_EQ(table.compute_s(OpId(1), cpu_mode), 9);
  EXPECT_EQ(table.transfer_s(TensorId(1), gpu_mode), 0.125);
  EXPECT_EQ(table.transfer_s(TensorId(1), cpu_mode), 0);
  EXPECT_EQ(table.classes[ClassId(0)].idle_w, 4);
  EXPECT_EQ(table.modes[cpu_mode].resident_bytes, kCannot);
}

/// One of a group ran there, the group did not: the device is known, and stays without work.
TEST(CostTable, KnowsDevicesThatCanRunNoOperatorWhole) {
  Network network = measured_network();
  network.measured_on.insert("fpga");
  const CostTable table = make_cost_table(network, cluster_of({bare("fpga")}));
  for (const OpId op : network.operators.ids()) EXPECT_EQ(table.compute_s(op, ModeId(0)), kCannot);
}

TEST(CostTable, SaysWhichDeviceHasNoCosts) {
  EXPECT_THAT(complaint_of([] { (void)make_cost_table(measured_network(), cluster_of({bare("gpx")})); }),
              AllOf(HasSubstr("c: device \"gpx\""), HasSubstr("none on a device \"gpx\""),
                    HasSubstr("as the table does (\"cpu\", \"gpu\")")));
  EXPECT_THAT(complaint_of([] { (void)make_cost_table(three_operators(), cluster_of({bare("gpu")})); }),
              AllOf(HasSubstr("device \"gpu\": has no profile"), HasSubstr("give the device a \"profile\"")));
  EXPECT_THROW((void)operator_cost(three_operators(), OpId(0), plain_cpu(), Precision::bf16), UsageError);
}

/// Two bytes a packet of overhead for each eight of payload.
Wire slow_wire() {
  return {.bytes_per_s = {.value = 100},
          .latency_s = {.value = 3},
          .j_per_byte = {.value = 4},
          .packet_bytes = {.value = 8},
          .packet_overhead_bytes = {.value = 2}};
}

/// Without the devices that share them they are no reason to search as if there were links; plans still name them.
TEST(Links, SharedOnesWithoutMembersAreCountedAlone) {
  Cluster cluster = cluster_of({bare("gpu"), bare("cpu")});
  cluster.shared_links = {{.name = "left", .members = {}, .wire = slow_wire()},
                          {.name = "bus", .members = {ClassId(1)}, .wire = slow_wire()}};
  const CostTable with_bus = make_cost_table(measured_network(), cluster);
  ASSERT_TRUE(with_bus.links);
  EXPECT_EQ(with_bus.links->shared.size(), 2u);
  cluster.shared_links[1].members.clear();
  const CostTable without = make_cost_table(measured_network(), cluster);
  EXPECT_FALSE(without.links);
  EXPECT_EQ(without.idle_links, 2u);
}

TEST(Links, AreThoseOfTheClusterInBothDirections) {
  Cluster cluster;
  cluster.classes = IndexVector<ClassId, DeviceClass>(2);
  EXPECT_FALSE(link_cost(cluster)) << "one fabric";
  cluster.links.emplace({Link{ClassId(0), ClassId(1), slow_wire()}});
  const auto cost = link_cost(cluster);
  ASSERT_TRUE(cost);
  EXPECT_FALSE(cost->ports);
  for (const auto& [from, to] : {std::pair(ClassId(0), ClassId(1)), std::pair(ClassId(1), ClassId(0))}) {
    EXPECT_EQ(cost->latency_s(from, to), 3);
    EXPECT_DOUBLE_EQ(cost->s_per_byte(from, to), 1.25 / 100);
    EXPECT_DOUBLE_EQ(cost->j_per_byte(from, to), 1.25 * 4);
  }
  EXPECT_EQ(cost->s_per_byte(ClassId(0), ClassId(0)), kCannot)
      << "two devices of a class have a link only if it is named";
  cluster.links->clear();
  ASSERT_TRUE(link_cost(cluster)) << "none is left, which does not make it one fabric";
  EXPECT_EQ(link_cost(cluster)->s_per_byte(ClassId(0), ClassId(1)), kCannot);
}

TEST(Links, OfHostsComeOnTopOfThePorts) {
  Cluster cluster;
  cluster.classes = IndexVector<ClassId, DeviceClass>(4);
  cluster.classes[ClassId(0)].host = cluster.classes[ClassId(1)].host = "left";
  cluster.classes[ClassId(2)].host = "right";
  cluster.classes[ClassId(3)].host = "far";
  cluster.networks = {{"left", "right", slow_wire()}};
  const auto cost = link_cost(cluster);
  ASSERT_TRUE(cost);
  EXPECT_TRUE(cost->ports);
  EXPECT_EQ(cost->s_per_byte(ClassId(0), ClassId(1)), 0) << "in one host";
  EXPECT_EQ(cost->latency_s(ClassId(0), ClassId(0)), 0);
  EXPECT_DOUBLE_EQ(cost->s_per_byte(ClassId(2), ClassId(1)), 1.25 / 100);
  EXPECT_EQ(cost->s_per_byte(ClassId(0), ClassId(3)), kCannot) << "no network leads there";
}

TEST(Links, ThatDevicesShareAreJoinedAndAddToTheWays) {
  Cluster cluster;
  cluster.classes = IndexVector<ClassId, DeviceClass>(3);
  const std::vector<ClassId> first_two{ClassId(0), ClassId(1)};
  cluster.shared_links = {{.name = "switch", .members = first_two, .wire = slow_wire(), .inside = 2}};
  const auto cost = link_cost(cluster);
  ASSERT_TRUE(cost && cost->shared.size() == 1);
  EXPECT_TRUE(cost->ports);
  EXPECT_DOUBLE_EQ(cost->shared[0].s_per_byte, 1.25 / 100);
  EXPECT_DOUBLE_EQ(cost->shared[0].j_per_byte, 1.25 * 4);
  EXPECT_EQ(cost->shared[0].latency_s, 3);
  const auto times = [&](std::size_t from, std::size_t to) { return cost->latency_s(ClassId(from), ClassId(to)) / 3; };
  EXPECT_EQ(times(0, 1), 2) << "in and out again";
  EXPECT_EQ(times(0, 0), 2) << "to another device of the class";
  EXPECT_EQ(times(0, 2), 1);
  EXPECT_EQ(times(2, 1), 1);
  EXPECT_EQ(times(2, 2), 0) << "no member";
  EXPECT_DOUBLE_EQ(cost->s_per_byte(ClassId(0), ClassId(1)), 2 * 1.25 / 100);
  // Among links a shared one leads from member to member, and nowhere else; as a way out it joins nobody.
  cluster.links.emplace({Link{ClassId(0), ClassId(2), slow_wire()}});
  const auto linked = link_cost(cluster);
  EXPECT_DOUBLE_EQ(linked->s_per_byte(ClassId(0), ClassId(1)), 2 * 1.25 / 100);
  EXPECT_DOUBLE_EQ(linked->s_per_byte(ClassId(2), ClassId(0)), 2 * 1.25 / 100) << "the link, and once the switch";
  EXPECT_EQ(linked->s_per_byte(ClassId(1), ClassId(2)), kCannot);
  cluster.shared_links[0].inside = 0;
  EXPECT_EQ(link_cost(cluster)->s_per_byte(ClassId(0), ClassId(1)), kCannot);
}

}  // namespace
}  // namespace cleave
