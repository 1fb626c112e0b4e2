#include "base/files.hpp"
#include "base/json_view.hpp"
#include "devices/damage.hpp"
#include "devices/fields.hpp"
#include "devices/names.hpp"
#include "devices/read_profile.hpp"

#include <gmock/gmock.h>

#include <set>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A CPU with the fewest fields that a CPU may have.
const std::string kCpu = R"({"schema": "cleave.profile/1", "name": "tiny", "kind": "cpu", "precisions": ["fp32"],
  "idle_w": {"value": 2, "low": 1, "high": 3, "source": "a meter", "year": 2024},
  "peak_fp32_flop_per_s": 1e9, "j_per_flop_fp32": 1e-10, "memory_bytes_per_s": 1e9, "memory_j_per_byte": 1e-10})";

Profile parse(const std::string& text) { return parse_profile(JsonView::parse(text, "p.json")); }
std::string complaint_about(const std::string& from, const std::string& to) {
  return complaint_of([&] { (void)parse(replaced(kCpu, from, to)); });
}

TEST(ReadProfile, KeepsWhatIsKnownAboutANumber) {
  const Profile profile = parse(kCpu);
  EXPECT_EQ(profile.name, "tiny");
  EXPECT_EQ(profile.kind, DeviceKind::cpu);
  EXPECT_EQ(profile.precisions, std::vector{Precision::fp32});
  const Quantity& idle = profile.numbers.at("idle_w");
  EXPECT_EQ(idle.low, 1);
  EXPECT_EQ(idle.value, 2);
  EXPECT_EQ(idle.high, 3);
  EXPECT_EQ(idle.source, "a meter");
  EXPECT_EQ(idle.year, 2024);
  EXPECT_EQ(profile.numbers.at("peak_fp32_flop_per_s").low, 1e9) << "a plain number is its own interval";
}

TEST(ReadProfile, FillsInDefaultsButNotOptionalFields) {
  const Profile profile = parse(kCpu);
  EXPECT_EQ(profile.number("overlap_p"), 4);
  EXPECT_EQ(profile.numbers.at("overlap_p").source, "default");
  EXPECT_EQ(profile.number("gemm_efficiency_fp32"), 1);
  EXPECT_FALSE(profile.numbers.contains("memory_bytes"));
  EXPECT_THROW((void)profile.number("rows"), std::out_of_range);
}

TEST(ReadProfile, ComplaintsNamePlaceProblemAndRepair) {
  EXPECT_THAT(complaint_about("\"idle_w\": {\"value\": 2", "\"idle_w\": {\"value\": \"two\""),
              AllOf(HasSubstr("p.json: /idle_w/value: "), HasSubstr("give a number")));
  EXPECT_THAT(complaint_about("\"value\": 2", "\"value\": -2"),
              AllOf(HasSubstr("/idle_w/value: is -2"), HasSubstr("0 or more")));
  EXPECT_THAT(complaint_about("\"value\": 2", "\"value\": 1e308"),
              AllOf(HasSubstr("/idle_w/value: is 1e+308"), HasSubstr("from 1e-30 to 1e30")));
  EXPECT_THAT(complaint_about("\"low\": 1", "\"low\": 2.5"),
              AllOf(HasSubstr("/idle_w/low: is 2.5, above the value 2"), HasSubstr("low <= value <= high")));
  EXPECT_THAT(complaint_about("\"high\": 3", "\"high\": 1.5"), HasSubstr("/idle_w/high: is 1.5, below the value 2"));
  EXPECT_THAT(complaint_about("\"high\": 3", "\"higher\": 3"),
              AllOf(HasSubstr("/idle_w/higher"), HasSubstr("did you mean \"high\"")));
  EXPECT_THAT(complaint_about("2024", "20"), AllOf(HasSubstr("/idle_w/year: is 20"), HasSubstr("year")));
  EXPECT_THAT(complaint_about("\"memory_bytes_per_s\": 1e9", "\"memory_bytes_per_s\": -1"),
              AllOf(HasSubstr("/memory_bytes_per_s: is -1"), HasSubstr("greater than 0")));
  EXPECT_THAT(complaint_about("\"memory_bytes_per_s\": 1e9", "\"memory_bytes_per_s\": true"),
              HasSubstr("/memory_bytes_per_s: is not a number"));
  EXPECT_THAT(complaint_about("\"memory_bytes_per_s\": 1e9, ", ""),
              AllOf(HasSubstr("has no \"memory_bytes_per_s\""), HasSubstr("[B/s]")));
  EXPECT_THAT(complaint_about("\"memory_bytes_per_s\"", "\"memory_byte_per_s\""),
              AllOf(HasSubstr("/memory_byte_per_s: is not a known key"), HasSubstr("\"memory_bytes_per_s\"")));
  EXPECT_THAT(complaint_about("\"peak_fp32_flop_per_s\"", "\"peak_fp16_flop_per_s\""),
              AllOf(HasSubstr("/peak_fp16_flop_per_s"), HasSubstr("\"peak_fp32_flop_per_s\"")));
  EXPECT_THAT(complaint_about("\"cpu\"", "\"cup\""), AllOf(HasSubstr("/kind: is \"cup\""), HasSubstr("\"cpu\"")));
  EXPECT_THAT(complaint_about("[\"fp32\"]", "[\"fp23\"]"),
              AllOf(HasSubstr("/precisions/0: is \"fp23\""), HasSubstr("\"fp32\"")));
  EXPECT_THAT(complaint_about("[\"fp32\"]", "[\"fp32\", \"fp32\"]"), HasSubstr("/precisions/1: occurs twice"));
  EXPECT_THAT(complaint_about("[\"fp32\"]", "[]"), HasSubstr("/precisions: is empty"));
  EXPECT_THAT(complaint_about("\"name\": \"tiny\"", "\"name\": \"\""), HasSubstr("/name: is empty"));
  EXPECT_THAT(complaint_about("cleave.profile/1", "cleave.cluster/1"),
              HasSubstr("this place takes \"cleave.profile/1\""));
  EXPECT_THAT(complaint_about("}", ""), HasSubstr("not valid JSON"));
  EXPECT_THAT(complaint_of([] { (void)read_profile("./no_such_profile.json"); }), HasSubstr("no_such_profile.json"));
  EXPECT_THAT(complaint_of([] { (void)read_profile("gpu_t5"); }),
              AllOf(HasSubstr("gpu_t5: no profile"), HasSubstr("\"gpu_t4\"")));
}

TEST(ReadProfile, ChecksWordsAndWholeNumbersOfItsKind) {
  Profile edge = read_profile("npu_edge_tpu");
  EXPECT_EQ(edge.choices.at("dataflow"), "ws");
  const std::string npu =
      R"({"schema": "cleave.profile/1", "name": "n", "kind": "npu", "precisions": ["int8"], "dataflow": "ws", "rows": 4})";
  EXPECT_THAT(complaint_of([&] { (void)parse(replaced(npu, "\"ws\"", "\"sw\"")); }),
              AllOf(HasSubstr("/dataflow: is \"sw\""), HasSubstr("channel_unrolled")));
  EXPECT_THAT(complaint_of([&] { (void)parse(replaced(npu, "\"dataflow\": \"ws\", ", "")); }),
              HasSubstr("has no \"dataflow\""));
  const std::string complete = replaced(npu, "\"rows\": 4", R"("idle_w": 1, "rows": 4.5)");
  EXPECT_THAT(complaint_of([&] { (void)parse(complete); }),
              AllOf(HasSubstr("/rows: is 4.5"), HasSubstr("whole number")));
}

TEST(ReadProfile, RefusesUnknownKindsOfOperatorsAndEmptyReasons) {
  const Profile phone = read_profile("npu_eyeriss");
  EXPECT_THAT(phone.unsupported.at("matmul"), HasSubstr("constant weights"));
  EXPECT_THAT(complaint_about("\"kind\": \"cpu\"", R"("kind": "cpu", "unsupported": {"matmull": "why"})"),
              AllOf(HasSubstr("/unsupported/matmull: is \"matmull\""), HasSubstr("\"matmul\"")));
  EXPECT_THAT(complaint_about("\"kind\": \"cpu\"", R"("kind": "cpu", "unsupported": {"matmul": ""})"),
              AllOf(HasSubstr("/unsupported/matmul: is empty"), HasSubstr("say why")));
}

TEST(Fields, HaveUniqueNamesUnitsAndMeanings) {
  for (const DeviceKind kind : kDeviceKinds) {
    std::set<std::string> seen;
    for (const Field& field : fields_of(kind)) {
      for (const std::string& name : names_of(field, kPrecisions)) EXPECT_TRUE(seen.insert(name).second) << name;
      EXPECT_FALSE(field.unit.empty()) << field.name;
      EXPECT_FALSE(field.meaning.empty()) << field.name;
    }
    EXPECT_TRUE(seen.contains("idle_w"));
  }
}

TEST(Fields, AreDocumentedRowByRow) {
  const std::string page = read_file(CLEAVE_SOURCE_DIR "/docs/cost-model.md");
  for (const DeviceKind kind : kDeviceKinds) {
    for (const Field& field : fields_of(kind)) EXPECT_THAT(page, HasSubstr(documentation_of(field)));
    for (const ChoiceField& choice : choices_of(kind))
      EXPECT_THAT(page, HasSubstr("`" + std::string(choice.name) + "`"));
  }
}

TEST(Names, ReadBackWhatTheyWrite) {
  for (const Precision precision : kPrecisions) EXPECT_EQ(precision_named(name_of(precision)), precision);
  for (const DeviceKind kind : kDeviceKinds) EXPECT_EQ(kind_named(name_of(kind)), kind);
  EXPECT_EQ(precision_named("int16"), std::nullopt);
  EXPECT_EQ(bytes_of(Precision::int4), 0.5);
}

}  // namespace
}  // namespace cleave
