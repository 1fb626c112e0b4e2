#include "runtime/conformance.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <map>
#include <tuple>

namespace cleave::conformance {
namespace {

/// Fewest cases of a folder that a backend must pass: a backend that supports nothing does not pass.
const std::map<std::tuple<std::string, std::string>, std::size_t> floors = {
    {{"reference", "node"}, 619},
    {{"reference", "simple"}, 7},
    {{"reference", "pytorch-operator"}, 35},
    {{"reference", "pytorch-converted"}, 80},
    {{"cpu", "node"}, 450},
    {{"cpu", "simple"}, 6},
    {{"cpu", "pytorch-operator"}, 31},
    {{"cpu", "pytorch-converted"}, 78},
    {{"cim", "node"}, 420},
    {{"cim", "simple"}, 6},
    {{"cim", "pytorch-operator"}, 28},
    {{"cim", "pytorch-converted"}, 78},
    {{"opencl", "node"}, 450},
    {{"opencl", "simple"}, 6},
    {{"opencl", "pytorch-operator"}, 31},
    {{"opencl", "pytorch-converted"}, 78},
};

struct Conformance : testing::TestWithParam<std::tuple<Subject, std::string>> {
  void SetUp() override {
    if (!installed()) GTEST_SKIP() << "libonnx-testdata is not installed";
  }
};

TEST_P(Conformance, EveryCaseThatTheBackendClaimsPasses) {
  const auto& [subject, folder] = GetParam();
  std::string failures;
  std::map<Verdict, std::size_t> counts;
  for (const Case& item : read_cases(folder)) {
    const Result result = run_case(item, subject);
    ++counts[result.verdict];
    if (result.verdict == Verdict::failed) failures += fmt::format("{}: {}\n", item.name, result.reason);
    if (result.verdict == Verdict::unsupported)
      std::cout << "unsupported: " << item.name << ": " << result.operator_type << ' ' << result.reason << '\n';
  }
  std::cout << subject.name << ' ' << folder << ": " << counts[Verdict::passed] << " passed, "
            << counts[Verdict::unsupported] << " unsupported, " << counts[Verdict::failed] << " failed\n";
  EXPECT_EQ(failures, "");
  EXPECT_GE(counts[Verdict::passed], floors.at({subject.name, folder}));
}

std::string parameter_name(const testing::TestParamInfo<Conformance::ParamType>& info) {
  std::string name = std::get<0>(info.param).name + "_" + std::get<1>(info.param);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Onnx, Conformance,
                         testing::Combine(testing::ValuesIn(subjects()), testing::ValuesIn(folders())), parameter_name);

struct ConformanceCoverage : testing::TestWithParam<Subject> {};

TEST_P(ConformanceCoverage, EveryOperatorTypeWithDataRan) {
  if (!installed()) GTEST_SKIP() << "libonnx-testdata is not installed";
  std::set<std::string> with_data, ran;
  for (const std::string& folder : folders()) {
    for (const Case& item : read_cases(folder)) {
      const std::set<std::string> types = operator_types(item);
      with_data.insert(types.begin(), types.end());
      if (run_case(item, GetParam()).verdict == Verdict::passed) ran.insert(types.begin(), types.end());
    }
  }
  for (const std::string& type : GetParam().types) {
    EXPECT_TRUE(ran.contains(type) || !with_data.contains(type)) << type << " has data, but no case with it ran";
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx, ConformanceCoverage, testing::ValuesIn(subjects()),
                         [](const auto& parameter) { return parameter.param.name; });

/// The reference, but for one element of each result.
class WrongBackend final : public Backend {
 public:
  std::string unsupported(const Graph& graph, const Node& node) const override {
    return right_->unsupported(graph, node);
  }
  void prepare(const StageSpec& stage) override { right_->prepare(stage); }
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    right_->run(inputs, outputs);
    for (Tensor* tensor : outputs) {
      if (!tensor->bytes.empty()) tensor->bytes.back() ^= std::byte{0x40};
    }
  }

 private:
  std::unique_ptr<Backend> right_ = make_reference_backend();
};

TEST(ConformanceHarness, NoticesAWrongBackend) {
  if (!installed()) GTEST_SKIP() << "libonnx-testdata is not installed";
  const Subject wrong{"wrong", [](const Ranges&) { return std::make_unique<WrongBackend>(); }, {}, {1e-3, 1e-3}};
  std::size_t failed = 0;
  for (const Case& item : read_cases("pytorch-converted")) {
    const Result result = run_case(item, wrong);
    EXPECT_TRUE(result.verdict != Verdict::passed) << item.name;
    failed += result.verdict == Verdict::failed ? 1 : 0;
  }
  EXPECT_GE(failed, 80U);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Subject& subject) { return out << subject.name; }

TEST(ConformanceComparison, TellsRightFromWrong) {
  Tensor a(DataType::float32, {2});
  a.as<float>()[1] = 100;
  Tensor b = a;
  const Tolerance tolerance{1e-5, 1e-6};
  EXPECT_EQ(difference(a, b, tolerance), "");
  b.as<float>()[0] = 1e-3F;
  EXPECT_NE(difference(a, b, tolerance), "");
  b.as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(difference(a, b, tolerance), "");
  EXPECT_NE(difference(b, a, tolerance), "");
  EXPECT_EQ(difference(b, b, tolerance), "");
  EXPECT_NE(difference(Tensor(DataType::int32, {1}), Tensor(DataType::int64, {1}), tolerance), "");
  EXPECT_NE(difference(Tensor(DataType::int32, {1}), Tensor(DataType::int32, {1, 1}), tolerance), "");
  Tensor c(DataType::int64, {1});
  c.as<std::int64_t>()[0] = 1;
  EXPECT_NE(difference(Tensor(DataType::int64, {1}), c, tolerance), "");
}

}  // namespace cleave::conformance
