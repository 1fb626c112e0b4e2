#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "complaint.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>

#include <limits>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Json, ComplaintsShowCharactersOfCodeZeroAndGoOn) {
  EXPECT_THAT(complaint_of([] { throw InputError("c.json", "", std::string("is a\0b", 6), "give c"); }),
              testing::StrEq("c.json: is a\\x00b; give c"));
}

TEST(Json, CopiesWhatItHas) {
  const std::string text = R"({
  "a": [
    1,
    100000,
    -2,
    0.5,
    null,
    true,
    "\u0001"
  ],
  "b": {}
}
)";
  JsonWriter writer;
  JsonView::parse(text, "c.json").copy_to(writer);
  EXPECT_EQ(writer.text(), text);
}

TEST(Json, ComplaintsNameFilePointerProblemAndRepair) {
  const auto view = JsonView::parse(R"({"schema": "cleave.cluster/1", "devices": [{"cuont": 2}]})", "c.json");
  const auto device = view.at("devices").elements()[0];
  EXPECT_THAT(
      complaint_of([&] {
        device.allow_only({"count", "name"});
      }),
      AllOf(HasSubstr("c.json"), HasSubstr("/devices/0/cuont"), HasSubstr("not a known key"), HasSubstr("\"count\"")));
  EXPECT_THAT(complaint_of([&] { (void)device.at("name"); }),
              AllOf(HasSubstr("/devices/0"), HasSubstr("has no \"name\"")));
  EXPECT_THAT(complaint_of([&] { (void)device.at("cuont").string(); }), HasSubstr("is number 2; give a string"));
  EXPECT_THAT(complaint_of([] { (void)JsonView::parse("null", "f").string(); }), HasSubstr("is null; give a string"));
}

TEST(Json, PlacesAreFoundAnywhere) {
  const auto view = JsonView::parse(R"({"x": {"y": [], "z": {}}, "a/b": [[0, 1], {"~": ["", {"c": null}]}, 2]})", "f");
  const auto list = view.at("a/b").elements();
  const auto place = [](const JsonView& at) { return complaint_of([&] { at.fail("is here", "look"); }); };
  EXPECT_EQ(place(view), "f: /: is here; look");
  EXPECT_EQ(place(view.at("x")), "f: /x: is here; look");
  EXPECT_EQ(place(view.at("x").at("y")), "f: /x/y: is here; look");
  EXPECT_EQ(place(view.at("x").members()[1].second), "f: /x/z: is here; look");
  EXPECT_EQ(place(list[0].elements()[1]), "f: /a~1b/0/1: is here; look");
  EXPECT_EQ(place(list[1].at("~").elements()[1].at("c")), "f: /a~1b/1/~0/1/c: is here; look");
  EXPECT_EQ(place(list[2]), "f: /a~1b/2: is here; look");
}

TEST(Json, ComplaintsShowTheValue) {
  const auto shown = [](const std::string& text) {
    const auto view = JsonView::parse("[" + text + "]", "f");
    return complaint_of([&] { (void)view.elements()[0].boolean(); });
  };
  EXPECT_EQ(shown(R"({ "a": [1, -2, 2.0, true, null], "b": {} })"),
            "f: /0: is object {\"a\":[1,-2,2.0,true,null],\"b\":{}}; give true or false");
  EXPECT_EQ(shown("[]"), "f: /0: is array []; give true or false");
  EXPECT_EQ(shown(R"("\u0041\n")"), R"(f: /0: is string "A\n"; give true or false)");
  EXPECT_EQ(shown("18446744073709551615"), "f: /0: is number 18446744073709551615; give true or false");
}

TEST(Json, WritesUtf8Whatever) {
  const std::string fine = "\u00e4\u20ac\U0001f600";
  EXPECT_EQ(json_quoted(fine), "\"" + fine + "\"");
  EXPECT_EQ(json_quoted("a\xff"
                        "b\xc3"),
            "\"a\\ufffdb\\ufffd\"");
  EXPECT_EQ(json_quoted("\xc0\xaf\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

TEST(Json, RefusesWhatOtherReadersForgive) {
  EXPECT_THAT(complaint_of([] { JsonView::parse("{\"a\": 1,\n \"a\": 2}", "f"); }), HasSubstr("twice"));
  EXPECT_THAT(
      complaint_of([] { JsonView::parse(R"({"a": {"a": {"b": []}}, "b": [{"a": 1, "b": {}, "a": 2}]})", "f"); }),
      HasSubstr("\"a\" occurs twice"));
  EXPECT_THAT(complaint_of([] { JsonView::parse("{\n\n\"a\": }", "f"); }), HasSubstr("line 3"));
  EXPECT_THAT(complaint_of([] { JsonView::parse("", "f"); }), HasSubstr("not valid JSON"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(std::string(100'000, '['), "f"); }), HasSubstr("nested too deeply"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(std::string(101, '[') + "0" + std::string(101, ']'), "f"); }),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(std::string(100, '[') + "0" + std::string(100, ']'), "f"); }),
              HasSubstr("no complaint"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(std::string(50, '[') + std::string(50, ']'), "f"); }),
              HasSubstr("no complaint"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(R"({"x": 1e999})", "f"); }), HasSubstr("no double can hold"));
  EXPECT_THAT(complaint_of([] { (void)JsonView::parse("[-1]", "f").elements()[0].non_negative(); }),
              HasSubstr("negative"));
  EXPECT_THAT(
      complaint_of([] { JsonView::parse(R"({"x": 1, "schema": "cleave.plan/1"})", "f").require_schema("plan"); }),
      HasSubstr("first key"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(R"({"schema": "cleave.plan/2"})", "f").require_schema("plan"); }),
              HasSubstr("cleave.plan/1"));
}

TEST(Json, AKeyThatOccursTwiceIsFoundAmongMany) {
  std::string keys;
  for (int i = 0; i < 1000; ++i) keys += "\"" + std::to_string(i) + "\": [{\"0\": 0}], ";
  EXPECT_EQ(JsonView::parse("{" + keys + "\"end\": 0}", "f").members().size(), 1001U);
  for (const char* twin : {"\"0\"", "\"63\"", "\"64\"", "\"65\"", "\"999\""})
    EXPECT_THAT(complaint_of([&] { JsonView::parse("{" + keys + twin + ": 0}", "f"); }),
                HasSubstr(twin + std::string(" occurs twice")));
}

TEST(Json, WrittenNumbersReadBackToTheSameBits) {
  const double third = 1.0 / 3;
  JsonWriter writer;
  writer.begin_object().field("third", third).field("none", std::numeric_limits<double>::infinity());
  writer.key("list").begin_array().value(1).value(true).end_array().field("text", "a\"</b>\n").end_object();
  const auto view = JsonView::parse(writer.text(), "written");
  EXPECT_EQ(view.at("third").number(), third);
  EXPECT_FALSE(view.at("none").is_number());
  EXPECT_EQ(view.at("list").elements()[0].integer(), 1);
  EXPECT_EQ(view.at("text").string(), "a\"</b>\n");
}

}  // namespace
}  // namespace cleave
