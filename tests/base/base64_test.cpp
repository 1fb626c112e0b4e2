#include "base/base64.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cleave {
namespace {

std::string encoded(std::string_view text) { return base64(std::vector<std::uint8_t>(text.begin(), text.end())); }

/// The vectors of RFC 4648, section 10.
TEST(Base64, EncodesTheVectorsOfItsStandard) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(Base64, UsesAllDigits) {
  std::vector<std::uint8_t> bytes = {0xfb, 0xff, 0xbf};
  EXPECT_EQ(base64(bytes), "+/+/");
}

}  // namespace
}  // namespace cleave
