#include "base/text.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

TEST(Text, NearestNameIsTheOneWithFewestEdits) {
  EXPECT_EQ(nearest("idle_wt", {"memory_bytes", "idle_w", "launch_s"}), "idle_w");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Text, SiPrefixesKeepThreeDigits) {
  EXPECT_EQ(si(0.0123, "s"), "12.3 ms");
  EXPECT_EQ(si(1.5e9, "B"), "1.50 GB");
  EXPECT_EQ(si(0, "J"), "0 J");
  EXPECT_EQ(si(0.123, "J"), "123 mJ");
  EXPECT_EQ(si(0.9999, "s"), "1.00 s");
  EXPECT_EQ(si(-2.5e-6, "s"), "-2.50 us");
  EXPECT_EQ(si(999.9e15, "s"), "1.00e+18 s") << "beyond the prefixes";
  EXPECT_EQ(si(-1e30, "J"), "-1.00e+30 J");
  EXPECT_EQ(si(2e-16, "s"), "2.00e-16 s");
  EXPECT_EQ(si(2e-15, "s"), "2.00 fs");
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("a\u00e4\u20ac\U0001f600\U0010ffff"));
  for (const char* broken : {"\xff", "\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                             "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf0\x9f\x98"})
    EXPECT_FALSE(is_utf8(broken)) << broken;
}

TEST(Text, CsvFieldsRoundTrip) {
  EXPECT_EQ(split_csv_line("a," + csv_field("say \"x, y\"") + ",c"),
            (std::vector<std::string>{"a", "say \"x, y\"", "c"}));
}

TEST(Text, EllipsisNeverExceedsItsWidth) { EXPECT_EQ(ellipsis("abcdefgh", 6), "abc..."); }

TEST(Text, ControlCharactersAreShown) {
  EXPECT_EQ(printable("a\x1b[2J\x7f\n"), "a\\x1b[2J\\x7f\\x0a");
  EXPECT_EQ(printable("line\n\t", "\n"), "line\n\\x09");
  EXPECT_EQ(printable("\xc3\xa9 ~"), "\xc3\xa9 ~");
}

}  // namespace
}  // namespace cleave
