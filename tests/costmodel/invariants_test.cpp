#include "costmodel/operator_cost.hpp"
#include "costmodel/peak_rate.hpp"
#include "devices/fields.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cleave {
namespace {

/// A random operator, described for one sample.
struct Sample {
  OpKind kind = OpKind::conv;
  Gemm gemm = {};
  Window window = {};
  double input_elements = 0, output_elements = 0, parameters = 0;
};

class Invariants : public testing::TestWithParam<std::string> {
 protected:
  std::mt19937_64 random{7};

  std::int64_t draw(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(random); }
  /// Evenly over magnitudes.
  std::int64_t draw_log(double low, double high) {
    return std::llround(std::exp(std::uniform_real_distribution(std::log(low), std::log(high))(random)));
  }

  Sample draw_conv() {
    Window w{.kernel_h = 2 * draw(0, 3) + 1, .stride_h = 1, .stride_w = 1, .out_h = draw_log(1, 112)};
    w.kernel_w = w.kernel_h;
    w.in_h = w.in_w = w.out_w = w.out_h;
    const std::int64_t groups = draw(0, 3) ? 1 : draw_log(2, 256);
    const std::int64_t per_group_in = draw(0, 1) ? 1 : draw_log(1, 512),
                       per_group_out = draw(0, 1) ? 1 : draw_log(1, 512);
    w.in_c = groups * per_group_in;
    w.out_c = groups * per_group_out;
    const Gemm gemm{
        .m = w.out_h * w.out_w, .k = w.kernel_h * w.kernel_w * per_group_in, .n = per_group_out, .groups = groups};
    return {
        OpKind::conv, gemm, w, double(w.in_h * w.in_w * w.in_c), double(gemm.m * w.out_c), double(gemm.k * w.out_c)};
  }
  Sample draw_product() {
    const OpKind kind = draw(0, 1) ? OpKind::gemm : OpKind::matmul;
    const Gemm g{.m = draw_log(1, 1024),
                 .k = draw_log(1, 4096),
                 .n = draw_log(1, 4096),
                 .groups = kind == OpKind::gemm ? 1 : draw(1, 16)};
    const double second = double(g.k * g.n * g.groups);
    return {kind,
            g,
            {},
            double(g.m * g.k * g.groups) + (kind == OpKind::matmul ? second : 0),
            double(g.m * g.n * g.groups),
            kind == OpKind::gemm ? second : 0};
  }
  Sample draw_other() {
    constexpr std::array kinds = {OpKind::pool,      OpKind::elementwise, OpKind::normalization, OpKind::softmax,
                                  OpKind::reduction, OpKind::movement,    OpKind::lookup};
    return {
        kinds[std::size_t(draw(0, kinds.size() - 1))], {}, {}, double(draw_log(1, 1e6)), double(draw_log(1, 1e6)), 0};
  }
  Sample draw_sample() {
    const std::int64_t which = draw(0, 2);
    return which == 0 ? draw_conv() : which == 1 ? draw_product() : draw_other();
  }

  static Work work(const Sample& sample, double batch, Precision precision) {
    Work w{.kind = sample.kind, .gemm = sample.gemm, .window = sample.window};
    (sample.kind == OpKind::matmul ? w.gemm.groups : w.gemm.m) *= std::int64_t(batch);
    w.batch = batch;
    w.macs = double(w.gemm.m) * double(w.gemm.k) * double(w.gemm.n) * double(w.gemm.groups);
    w.flops = sample.kind == OpKind::movement || sample.kind == OpKind::lookup ? 0 : 2 * sample.output_elements * batch;
    w.parameters = sample.parameters;
    w.element_bytes = bytes_of(precision);
    w.weight_bytes = sample.parameters * w.element_bytes;
    w.input_bytes = sample.input_elements * batch * w.element_bytes;
    w.output_bytes = sample.output_elements * batch * w.element_bytes;
    return w;
  }

  /// Runs `check(work, profile, precision, cost)` on random operators that the profile can run.
  template <class Check>
  void for_random_operators(Check check) {
    const Profile profile = read_profile(GetParam());
    int ran = 0;
    for (const Precision precision : profile.precisions) {
      const CostModel model = make_cost_model(profile, precision);
      for (int i = 0; i < 300; ++i) {
        const Sample sample = draw_sample();
        const OperatorCost cost = model(work(sample, 1, precision));
        if (cost.seconds == kCannot) continue;
        ++ran;
        check(sample, profile, precision, cost);
        if (HasFailure())
          FAIL() << GetParam() << ' ' << "kind " << int(sample.kind) << " m " << sample.gemm.m << " k " << sample.gemm.k
                 << " n " << sample.gemm.n << " groups " << sample.gemm.groups;
      }
    }
    EXPECT_GT(ran, 100);
  }
};

TEST_P(Invariants, CostsAreFiniteAndTheirPartsAddUp) {
  for_random_operators([](const Sample&, const Profile&, Precision, const OperatorCost& cost) {
    double seconds = 0, joules = 0;
    for (const CostPart& part : cost.parts) {
      EXPECT_GE(part.seconds, 0) << part.name;
      EXPECT_GE(part.joules, 0) << part.name;
      seconds += part.seconds;
      joules += part.joules;
    }
    EXPECT_TRUE(std::isfinite(cost.seconds) && std::isfinite(cost.joules) && std::isfinite(cost.weight_bytes));
    EXPECT_EQ(cost.seconds, seconds);
    EXPECT_EQ(cost.joules, joules);
    EXPECT_GE(cost.bytes, 0);
    EXPECT_FALSE(cost.limit.empty());
    EXPECT_TRUE(cost.reason.empty());
  });
}

/// Nothing is faster than its arithmetic and its traffic allow.
TEST_P(Invariants, TimeIsAtLeastWorkOverPeakAndBytesOverBandwidth) {
  for_random_operators([](const Sample& sample, const Profile& profile, Precision precision, const OperatorCost& cost) {
    const Work w = work(sample, 1, precision);
    const double slack = 1 - 1e-9;
    if (profile.kind == DeviceKind::cpu || profile.kind == DeviceKind::gpu) {
      const std::string p(name_of(precision));
      const double best =
          std::max({1.0, profile.number("gemm_efficiency_" + p), profile.number("conv_efficiency_" + p)});
      EXPECT_GE(cost.seconds, slack * 2 * w.macs / (profile.number("peak_" + p + "_flop_per_s") * best));
    } else if (profile.kind == DeviceKind::npu) {
      const double array = profile.number("rows") * profile.number("cols") * profile.number("clock_hz");
      EXPECT_GE(cost.seconds, slack * w.macs / std::max(array, profile.number("vector_flop_per_s") / 2));
      EXPECT_LE(w.macs, slack * cost.compute_cycles * profile.number("rows") * profile.number("cols") +
                            (cost.compute_cycles > 0 ? w.macs * 1e-9 : w.macs * 2));
    } else if (profile.kind == DeviceKind::fpga || profile.kind == DeviceKind::vpu) {
      EXPECT_GE(cost.seconds, slack * 2 * w.macs / profile.number(with_precision("peak_*_flop_per_s", precision)));
    } else if (profile.kind == DeviceKind::pim) {
      const double units = profile.number("units");
      EXPECT_GE(cost.seconds, slack * w.macs / (units * profile.number(with_precision("unit_*_mac_per_s", precision))));
      EXPECT_GE(cost.seconds, slack * w.weight_traffic() / (units * profile.number("unit_bytes_per_s")));
      EXPECT_GE(cost.seconds, slack * (w.input_bytes + w.output_bytes) / profile.number("exchange_bytes_per_s"));
    } else {
      EXPECT_GE(cost.seconds, slack * w.macs / peak_macs_per_s(profile, precision));
      EXPECT_GE(cost.weight_bytes, slack * w.parameters * profile.number("weight_bits") / 8);
      EXPECT_GE(cost.joules, 0);
    }
    if (profile.numbers.contains("memory_bytes_per_s")) {
      EXPECT_GE(cost.seconds, slack * cost.bytes / profile.number("memory_bytes_per_s"));
    }
  });
}

TEST_P(Invariants, MoreBandwidthNeverHurts) {
  for_random_operators([](const Sample& sample, const Profile& profile, Precision precision, const OperatorCost& cost) {
    Profile faster = profile;
    for (const char* field : {"memory_bytes_per_s", "buffer_bytes_per_s", "interconnect_bytes_per_s",
                              "unit_bytes_per_s", "exchange_bytes_per_s"})
      if (faster.numbers.contains(field)) faster.numbers.at(field).value *= 3;
    EXPECT_LE(make_cost_model(faster, precision)(work(sample, 1, precision)).seconds, cost.seconds * (1 + 1e-12));
  });
}

TEST_P(Invariants, MoreSamplesNeverTakeLessTimeOrEnergy) {
  for_random_operators([](const Sample& sample, const Profile& profile, Precision precision, const OperatorCost& cost) {
    const CostModel model = make_cost_model(profile, precision);
    OperatorCost last = cost;
    for (const double batch : {2.0, 3.0, 8.0, 100.0}) {
      const OperatorCost next = model(work(sample, batch, precision));
      EXPECT_GE(next.seconds, last.seconds * (1 - 1e-12)) << batch;
      // More rows may move a product of small groups from an NPU's vector unit to its array, which needs less.
      const bool moved = last.compute_cycles == 0 && next.compute_cycles > 0;
      if (!moved) {
        EXPECT_GE(next.joules, last.joules * (1 - 1e-12)) << batch;
      }
      EXPECT_EQ(next.weight_bytes, cost.weight_bytes) << batch;
      last = next;
    }
  });
}

TEST_P(Invariants, ABatchNeverTakesMoreThanItsSamplesOneByOne) {
  for_random_operators([](const Sample& sample, const Profile& profile, Precision precision, const OperatorCost& cost) {
    const CostModel model = make_cost_model(profile, precision);
    for (const double batch : {2.0, 3.0, 8.0, 100.0}) {
      const OperatorCost together = model(work(sample, batch, precision));
      EXPECT_LE(together.seconds, batch * cost.seconds * (1 + 1e-12)) << batch;
      EXPECT_LE(together.bytes, batch * cost.bytes * (1 + 1e-12)) << batch;
      const bool moved = cost.compute_cycles == 0 && together.compute_cycles > 0;  // see above
      if (!moved) {
        EXPECT_LE(together.joules, batch * cost.joules * (1 + 1e-12)) << batch;
      }
    }
  });
}

/// Operators of real networks, larger than many chips: no device multiplies more than it can. (Minimal filtering
/// would, but no shipped profile says that it has it.)
TEST_P(Invariants, NothingIsMultipliedFasterThanThePeak) {
  const Profile profile = read_profile(GetParam());
  for (const char* name : {"zoo:vgg16", "zoo:mobilenetv2", "zoo:bert-base"})
    for (const std::int64_t batch : {1, 16}) {
      const Network network = read_network(name, {.batch = batch});
      for (const Precision precision : profile.precisions) {
        const CostModel model = make_cost_model(profile, precision, network);
        const double slack = 1 + 1e-9;
        for (const OpId op : network.operators.ids()) {
          const Work w = work_of(network, op, precision);
          const OperatorCost cost = model(w);
          if (cost.seconds == kCannot) continue;
          EXPECT_LE(w.macs, slack * cost.seconds * peak_macs_per_s(profile, precision))
              << name << ' ' << network.operators[op].name << ' ' << name_of(precision) << " batch " << batch;
        }
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Shipped, Invariants, testing::ValuesIn(shipped_profiles()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace cleave
